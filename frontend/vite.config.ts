// Builds src/ into a folder that script/bootstrap.py (or the Dockerfile) names; see docs/components.md.
import { build, defineConfig, type Plugin } from "vite";

const OUT = process.env.KIT_OUT ?? "dist";
// Browsers of 2021, which the departments' machines have.
const TARGET = ["chrome90", "firefox90", "safari15"];

/** The service worker of the visit page: one file without imports, which every browser takes. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    async closeBundle() {
      await build({
        configFile: false,
        logLevel: "warn",
        build: {
          outDir: OUT,
          emptyOutDir: false,
          target: TARGET,
          modulePreload: false,
          reportCompressedSize: false,
          rolldownOptions: {
            input: { "visit-worker": "src/visit/worker.ts" },
            output: { format: "iife", entryFileNames: "[name].js" },
          },
        },
      });
    },
  };
}

export default defineConfig({
  base: "./", // wherever STATIC_URL is
  plugins: [serviceWorker()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsDir: "",
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    target: TARGET,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700, // kB; ECharts, which only pages with a chart load
    rolldownOptions: {
      input: { kit: "src/kit.ts", visit: "src/visit/main.tsx" },
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
