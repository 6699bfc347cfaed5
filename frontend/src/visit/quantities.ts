// Cigarettes are counted in packs underneath and shown in cartons 条 and packs 包.

import { t } from "./words";

/** "3条5包" of so many packs; the sign stays in front. */
export function amount(packs: number, perCarton: number): string {
  const sign = packs < 0 ? "−" : "";
  const whole = Math.abs(packs);
  const cartons = Math.floor(whole / perCarton);
  const rest = whole % perCarton;
  if (!cartons) return sign + t("packs", { packs: rest });
  const words = t("cartons", { cartons });
  return sign + (rest ? words + t("packs.after", { packs: rest }) : words);
}

/** The same with a plus in front of what is more. */
export function change(packs: number, perCarton: number): string {
  return packs > 0 ? `+${amount(packs, perCarton)}` : amount(packs, perCarton);
}
