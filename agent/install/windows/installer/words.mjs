const { LC_ALL, LC_MESSAGES, LANG } = process.env;
const locale = LC_ALL || LC_MESSAGES || LANG || Intl.DateTimeFormat().resolvedOptions().locale;

/** `zh` or `en`, as the agent itself chooses. */
export const language = locale.startsWith("zh") ? "zh" : "en";
const inLanguage = (english, chinese) => (language === "zh" ? chinese : english);

export const say = (english, chinese) => process.stdout.write(`${inLanguage(english, chinese)}\n`);

/** What ends the installer: its text is for the operator. */
export class Refusal extends Error {}

/** With the code, what is wrong and what to do. */
export function refuse(code, english, chinese) {
  throw new Refusal(`${code} ${inLanguage(english, chinese)}`);
}
