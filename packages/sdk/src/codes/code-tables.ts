/** A code table by the number of its standard. */
export interface CodeTable {
  readonly zh: string;
  readonly en: string;
  /** `checked`: compared with a published source. `unchecked`: compiled from general knowledge; compare before relying. */
  readonly status: "checked" | "unchecked";
  /** Code to Chinese name, in the order of the standard. */
  readonly codes: ReadonlyMap<string, string>;
}

/** `10未婚 20已婚` to a map: a code is the leading ASCII letters and digits. */
const read = (compact: string): ReadonlyMap<string, string> =>
  new Map(
    compact
      .split(/\s+/)
      .filter((entry) => entry !== "")
      .map((entry) => {
        const code = /^[0-9A-Z]+/.exec(entry)?.[0] ?? "";
        return [code, entry.slice(code.length)];
      }),
  );

const table = (
  zh: string,
  en: string,
  status: CodeTable["status"],
  compact: string,
): CodeTable => ({ zh, en, status, codes: read(compact) });

/** National code tables by the name that stands in an item's `codes`, without the year of the edition. */
export const codeTables: ReadonlyMap<string, CodeTable> = new Map([
  [
    "GB/T 2261.1",
    table(
      "性别",
      "sex",
      "unchecked",
      `
    0未知的性别 1男性 2女性 9未说明的性别`,
    ),
  ],
  [
    "GB/T 2261.2",
    table(
      "婚姻状况",
      "marital status",
      "unchecked",
      `
    10未婚 20已婚 21初婚 22再婚 23复婚 30丧偶 40离婚 90未说明的婚姻状况`,
    ),
  ],
  [
    "GB/T 3304",
    table(
      "民族",
      "ethnic group",
      "unchecked",
      `
    01汉族 02蒙古族 03回族 04藏族 05维吾尔族 06苗族 07彝族 08壮族 09布依族 10朝鲜族 11满族
    12侗族 13瑶族 14白族 15土家族 16哈尼族 17哈萨克族 18傣族 19黎族 20傈僳族 21佤族 22畲族
    23高山族 24拉祜族 25水族 26东乡族 27纳西族 28景颇族 29柯尔克孜族 30土族 31达斡尔族 32仫佬族
    33羌族 34布朗族 35撒拉族 36毛南族 37仡佬族 38锡伯族 39阿昌族 40普米族 41塔吉克族 42怒族
    43乌孜别克族 44俄罗斯族 45鄂温克族 46德昂族 47保安族 48裕固族 49京族 50塔塔尔族 51独龙族
    52鄂伦春族 53赫哲族 54门巴族 55珞巴族 56基诺族 97其他 98外国血统中国籍人士`,
    ),
  ],
  [
    "GB/T 4658",
    table(
      "学历",
      "education",
      "unchecked",
      `
    10研究生教育 11博士研究生毕业 12博士研究生结业 13博士研究生肄业 14硕士研究生毕业 15硕士研究生结业
    16硕士研究生肄业 17研究生班毕业 18研究生班结业 19研究生班肄业 20大学本科教育 21大学本科毕业
    22大学本科结业 23大学本科肄业 28大学普通班毕业 30大学专科教育 31大学专科毕业 32大学专科结业
    33大学专科肄业 40中等职业教育 41中等专科毕业 42中等专科结业 43中等专科肄业 44职业高中毕业
    45职业高中结业 46职业高中肄业 47技工学校毕业 48技工学校结业 49技工学校肄业 60普通高级中学教育
    61普通高中毕业 62普通高中结业 63普通高中肄业 70初级中学教育 71初中毕业 73初中肄业 80小学教育
    81小学毕业 83小学肄业 90其他`,
    ),
  ],
  [
    "GB/T 4762",
    table(
      "政治面貌",
      "political status",
      "unchecked",
      `
    01中国共产党党员 02中国共产党预备党员 03中国共产主义青年团团员 04中国国民党革命委员会会员
    05中国民主同盟盟员 06中国民主建国会会员 07中国民主促进会会员 08中国农工民主党党员 09中国致公党党员
    10九三学社社员 11台湾民主自治同盟盟员 12无党派民主人士 13群众`,
    ),
  ],
  [
    "GB/T 37346 right",
    table(
      "宗地特征码第一位",
      "right of a parcel",
      "checked",
      `
    G国家土地所有权 J集体土地所有权 Z土地所有权未确定`,
    ),
  ],
  [
    "GB/T 37346 use",
    table(
      "宗地特征码第二位",
      "use of a parcel",
      "checked",
      `
    A集体土地所有权宗地 B建设用地使用权(地表) S建设用地使用权(地上) X建设用地使用权(地下) C宅基地使用权
    D土地承包经营权(耕地) E土地承包经营权(林地) F土地承包经营权(草地) H海域使用权 G无居民海岛使用权
    W使用权未确定或有争议 Y其他`,
    ),
  ],
  [
    "GB/T 37346 fixture",
    table(
      "定着物特征码",
      "fixture",
      "checked",
      `
    F房屋等建筑物构筑物 L森林或林木 Q其他类型定着物 W无定着物`,
    ),
  ],
] as const);

/** The table of a name; the edition's year may be added, `GB/T 2261.1-2003`. */
export const codeTable = (name: string): CodeTable | undefined =>
  codeTables.get(name) ?? codeTables.get(name.replace(/-\d{4}$/, ""));
