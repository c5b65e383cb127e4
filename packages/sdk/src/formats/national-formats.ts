import { startsWithDay } from "../canonical/calendar.ts";
import { creditCheck, hybridCheck, organisationCheck, residentCheck } from "./check-digits.ts";

/**
 * A national format. A value of the wrong shape is refused; one that fails `check` is only a finding, since registers
 * hold numbers that were issued with a wrong check digit.
 */
export interface NationalFormat {
  readonly zh: string;
  readonly en: string;
  readonly shape: RegExp;
  /** Called with values that have the shape. `old`: an earlier form, issued without check digit. */
  check?(value: string): "right" | "wrong" | "old";
  /** How far values are shown where the item does not say. */
  readonly sensitivity?: "medium" | "high";
}

const verdict = (right: boolean): "right" | "wrong" => (right ? "right" : "wrong");

const isDay = (digits: string): boolean =>
  startsWithDay(`${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`);

/** By the name that stands in a descriptor's `format`. Sources: the standards named beside each. */
export const nationalFormats = {
  /** GB 11643, with residence permits of Hong Kong, Macao and Taiwan residents (81–83) and permanent residents (9). */
  "resident-id": {
    zh: "公民身份号码",
    en: "resident identity number",
    sensitivity: "high",
    shape: /^(?:[1-9]\d{16}[\dX]|[1-9]\d{14})$/,
    check(value) {
      if (value.length === 15) return "old";
      return verdict(residentCheck(value) === value.charAt(17) && isDay(value.slice(6, 14)));
    },
  },
  /** GB 32100; the organisation code inside (places 9–17) is not judged, some were issued otherwise. */
  uscc: {
    zh: "统一社会信用代码",
    en: "unified social credit code",
    shape: /^[\dA-HJ-NP-RTUWXY]{2}\d{6}[\dA-HJ-NP-RTUWXY]{10}$/,
    check: (value) => verdict(creditCheck(value) === value.charAt(17)),
  },
  /** GB 11714, with or without the hyphen. */
  "org-code": {
    zh: "组织机构代码",
    en: "organisation code",
    shape: /^[\dA-Z]{8}-?[\dX]$/,
    check: (value) => verdict(organisationCheck(value) === value.charAt(value.length - 1)),
  },
  /** GS 15-2006; numbers of 13 digits, before 2007, have no check digit. */
  "registration-number": {
    zh: "工商注册号",
    en: "business registration number",
    shape: /^(?:\d{15}|\d{13})$/,
    check: (value) =>
      value.length === 13 ? "old" : verdict(hybridCheck(value.slice(0, 14)) === value.charAt(14)),
  },
  /** GB/T 40058; until November 2020 the first part was a year and the last a serial without check digit. */
  "project-code": {
    zh: "投资项目代码",
    en: "investment project code",
    shape: /^\d{4}-\d{6}-\d{2}-\d{2}-\d{6}$/,
    check(value) {
      if (/^20(?:1[5-9]|20)-/.test(value)) return "old";
      const digits = value.replaceAll("-", "");
      return verdict(
        hybridCheck(digits.slice(0, 19)) === digits.charAt(19) &&
          /^(?:0[1-9]|1[0-2])/.test(value.slice(2)),
      );
    },
  },
  mobile: { zh: "手机号码", en: "mobile number", sensitivity: "medium", shape: /^1[3-9]\d{9}$/ },
  /** GB/T 37346: parcel, then the fixture on it (W and zeros for none). */
  "real-estate-unit": {
    zh: "不动产单元代码",
    en: "real-estate unit code",
    shape: /^\d{12}[A-Z]{2}\d{5}[FLQW]\d{8}$/,
  },
  /** GB/T 2260, and the longer codes of streets and villages built on it. Judged by the province alone. */
  division: {
    zh: "行政区划代码",
    en: "administrative division code",
    shape: /^(?:\d{6}|\d{9}|\d{12})$/,
    check: (value) => verdict(provinces.has(value.slice(0, 2))),
  },
} as const satisfies Readonly<Record<string, NationalFormat>>;

const provinces = new Set(
  "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split(
    " ",
  ),
);

export type FormatName = keyof typeof nationalFormats;

export const formatNames: readonly FormatName[] = Object.keys(nationalFormats) as FormatName[];

/** The format of a name, when there is one. */
export const nationalFormat = (name: string | undefined): NationalFormat | undefined =>
  name !== undefined && Object.hasOwn(nationalFormats, name)
    ? nationalFormats[name as FormatName]
    : undefined;
