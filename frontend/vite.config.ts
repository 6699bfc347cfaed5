// Builds src/ into a folder that script/bootstrap.py (or the Dockerfile) names; see docs/components.md.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // wherever STATIC_URL is
  build: {
    outDir: process.env.KIT_OUT ?? "dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsDir: "",
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    // Browsers of 2021, which the departments' machines have.
    target: ["chrome90", "firefox90", "safari15"],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700, // kB; ECharts, which only pages with a chart load
    rolldownOptions: {
      input: { kit: "src/kit.ts" },
      // htmx holds an eval that src/htmx.ts switches off.
      checks: { eval: false, bundlerTimings: false },
    },
  },
  css: {
    preprocessorOptions: {
      // Bootstrap 5.3 still speaks the older Sass.
      scss: {
        quietDeps: true,
        silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
      },
    },
  },
});
