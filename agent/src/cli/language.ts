import { readYaml, type Language } from "@qianzhi/sdk";

/**
 * The language of messages: what the command line says, else what the configuration says, else the locale, else
 * English. Asked before anything is parsed, so that also a mistake on the command line is told in it.
 */
export function resolveLanguage(
  commandLine: readonly string[],
  configText: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  return (
    languageOf(optionValue(commandLine, "--lang")) ??
    configured(configText) ??
    (/^zh/i.test(locale(environment)) ? "zh" : "en")
  );
}

/** The value of an option as `--name value` or `--name=value`, wherever it stands. */
export function optionValue(commandLine: readonly string[], name: string): string | undefined {
  const index = commandLine.findIndex((word) => word === name || word.startsWith(`${name}=`));
  const word = commandLine[index];
  return word === name ? commandLine[index + 1] : word?.slice(name.length + 1);
}

function configured(text: string | undefined): Language | undefined {
  if (text === undefined) return undefined;
  const { value } = readYaml(text, "").yaml;
  return languageOf((value as { readonly language?: unknown } | null | undefined)?.language);
}

const languageOf = (value: unknown): Language | undefined =>
  value === "zh" || value === "en" ? value : undefined;

/** On Windows no variable says it: the runtime knows the system's locale. */
const locale = ({
  LC_ALL,
  LC_MESSAGES,
  LANG,
}: Readonly<Record<string, string | undefined>>): string =>
  LC_ALL || LC_MESSAGES || LANG || Intl.DateTimeFormat().resolvedOptions().locale;
