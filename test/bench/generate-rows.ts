/** Rows of the benchmark's table as the text that LOAD DATA takes; the same rows for the same numbers, always. */
export function* rowLines(count: number, linesPerChunk = 2_000): Generator<Buffer> {
  const random = sequence(20_260_101);
  let chunk = "";
  for (let id = 1; id <= count; id += 1) {
    chunk += rowLine(id, random);
    if (id % linesPerChunk === 0 || id === count) {
      yield Buffer.from(chunk);
      chunk = "";
    }
  }
}

const surnames = [
  ..."王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎",
];
const given = [
  ..."伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红娥玲菊鹏燕辉建国文斌宇浩凯俊峰雪梅婷琳",
];
const divisions = [
  "500101",
  "500102",
  "500103",
  "500104",
  "500105",
  "500106",
  "500107",
  "500108",
  "510104",
  "110101",
];
const streets = [
  "解放碑街道民族路",
  "观音桥街道建新北路",
  "石桥铺街道科园一路",
  "南坪街道江南大道",
  "龙溪街道红锦大道",
  "人和街道黄山大道中段",
];
const nations = ["01", "01", "01", "01", "01", "01", "01", "02", "03", "05", "08", "11"];
const remarks = ["\\N", "\\N", "\\N", "户口迁入", "随父母", "婚迁"];

function rowLine(id: number, random: (limit: number) => number): string {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const born = new Date(Date.UTC(1940 + random(80), random(12), 1 + random(28)))
    .toISOString()
    .slice(0, 10);
  const sex = 1 + random(2);
  const serial = String(random(500) * 2 + (sex === 1 ? 1 : 0)).padStart(3, "0");
  const resident = withCheckDigit(pick(divisions) + born.replaceAll("-", "") + serial);
  const name = pick(surnames) + pick(given) + (random(3) > 0 ? pick(given) : "");
  const address = `示范市${pick(streets)}${1 + random(400)}号${1 + random(30)}栋${1 + random(4)}单元${101 + random(3000)}室`;
  const phone = `1${3 + random(7)}${String(random(1_000_000_000)).padStart(9, "0")}`;
  const income =
    random(20) === 0 ? "\\N" : `${random(400_000)}.${String(random(100)).padStart(2, "0")}`;
  return (
    [
      id,
      resident,
      name,
      sex,
      pick(nations),
      born,
      stampOf(id, random),
      income,
      address,
      phone,
      random(50) === 0 ? 2 : 1,
      1 + random(8),
      pick(remarks),
    ].join("\t") + "\n"
  );
}

/** Mostly in the order of entry; one row in twenty was changed later, as in a table that lives. */
function stampOf(id: number, random: (limit: number) => number): string {
  const later = random(20) === 0 ? random(40_000_000_000) : 0;
  const at = Date.UTC(2020, 0, 1) + id * 31_000 + random(30_000) + later;
  return new Date(Math.min(at, Date.UTC(2025, 5, 1) + random(80_000_000)))
    .toISOString()
    .slice(0, 23)
    .replace("T", " ");
}

/** GB 11643: weights 2^(17−i) mod 11. */
function withCheckDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i += 1) sum += Number(digits[i]) * (2 ** (17 - i) % 11);
  return digits + "10X98765432"[sum % 11];
}

/** A small repeatable generator (mulberry32): integers in [0, limit). */
function sequence(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
}
