/** A seeded stream of numbers, so that every demo tells the same story. */
export interface Dice {
  /** A whole number in [0, n). */
  below(n: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
}

export function dice(seed: number): Dice {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    below: (n) => Math.floor(next() * n),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
  };
}

/** A fictional 18-digit identity number: low serials, so that it is nobody's. Check character by ISO 7064 MOD 11-2. */
export function residentId(division: string, birth: string, serial: number): string {
  const body = `${division}${birth.replaceAll("-", "")}${String(serial).padStart(3, "0")}`;
  const sum = [...body].reduce(
    (total, digit, index) => total + Number(digit) * (2 ** (17 - index) % 11),
    0,
  );
  return `${body}${"10X98765432"[sum % 11]}`;
}

/** A fictional unified social credit code, with the check characters of GB 11714 and GB 32100. */
export function creditCode(division: string, serial: number): string {
  const organisation = `MA${String(serial).padStart(6, "0")}`;
  const body = `91${division}${organisation}${organisationCheck(organisation)}`;
  const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const sum = [...body].reduce(
    (total, letter, index) => total + alphabet.indexOf(letter) * (3 ** index % 31),
    0,
  );
  return `${body}${alphabet[(31 - (sum % 31)) % 31]}`;
}

function organisationCheck(code: string): string {
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...code].reduce(
    (total, letter, index) => total + Number.parseInt(letter, 36) * (weights[index] ?? 0),
    0,
  );
  return ["X", "0"][11 - (sum % 11) - 10] ?? String(11 - (sum % 11));
}

export function birthDate(random: Dice): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${1945 + random.below(65)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`;
}

const surnames = [
  "王",
  "李",
  "张",
  "刘",
  "陈",
  "杨",
  "赵",
  "黄",
  "周",
  "吴",
  "徐",
  "孙",
  "马",
  "朱",
  "胡",
  "冉",
  "向",
  "欧阳",
] as const;
const given = [
  "伟",
  "芳",
  "娜",
  "敏",
  "静",
  "强",
  "磊",
  "洋",
  "艳",
  "勇",
  "军",
  "杰",
  "涛",
  "明",
  "超",
  "秀英",
  "建国",
  "喆",
  "𬱖",
  "堃",
  "小䶮",
] as const;

export const personName = (random: Dice): string => `${random.pick(surnames)}${random.pick(given)}`;
