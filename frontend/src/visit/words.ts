// The texts of the page. They stand in gettext (customers/visits/phone/words.py) and come as JSON.

import { WORDS } from "./addresses";

const LANGUAGES = ["zh-hans", "en"];
let texts: Record<string, string> = {};
let language = "zh-hans";

/** The text of that name, its %(places)s filled. */
export function t(name: string, values: Record<string, string | number> = {}): string {
  const text = texts[name] ?? name;
  return text.replace(/%\((\w+)\)s/g, (_all, place: string) => String(values[place] ?? ""));
}

export function currentLanguage(): string {
  return language;
}

/** The language of the site's cookie, read anew; the texts of it are fetched. */
export async function loadWords(): Promise<void> {
  const asked = /(?:^|;\s*)django_language=([\w-]+)/.exec(document.cookie)?.[1] ?? "";
  language = LANGUAGES.includes(asked) ? asked : "zh-hans";
  const answer = await fetch(WORDS(language));
  if (!answer.ok) throw new Error(`words: ${answer.status}`);
  texts = (await answer.json()) as Record<string, string>;
  document.documentElement.lang = language;
  document.title = t("title");
}

/** Speak the other language from now on, here and on the rest of the site. */
export async function switchLanguage(): Promise<void> {
  const other = language === "en" ? "zh-hans" : "en";
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `django_language=${other};path=/;max-age=31536000;samesite=lax${secure}`;
  await loadWords();
}
