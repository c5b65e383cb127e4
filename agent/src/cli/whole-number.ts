import { QianzhiError } from "@qianzhi/sdk";
import type { Cli } from "./cli.ts";

/** Parses an option or argument as a whole number within bounds; anything else is QZ_USAGE. */
export const wholeNumber =
  (cli: Cli, minimum: number, maximum: number) =>
  (value: string): number => {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    throw new QianzhiError("QZ_USAGE", {
      problem: cli.text("usage.invalidArgument", { name: value }),
    });
  };
