/**
 * GBK as it was before Unicode had all its characters put these into the private use area, and so does whatever follows
 * it; which of them a decoder knows better depends on its age. Each run begins at a private-use character and gives what
 * GB18030-2022 means there, the six components of ideographs (𠂇 𠂉 𠃌 𡗗 𢦏 𤇾) by their code points outside the basic plane.
 * The table is part of what a record's hash rests on: changing it changes records.
 */
const runs: readonly (readonly [first: number, characters: string])[] = [
  [0xe76c, "€"],
  [0xe78d, "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"],
  [0xe7c7, "ḿǹ"],
  [0xe7e7, "〾⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻"],
  [
    0xe815,
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹" +
      "䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻",
  ],
];

const meanings: ReadonlyMap<string, string> = new Map(
  runs.flatMap(([first, characters]) =>
    [...characters].map((character, at) => [String.fromCharCode(first + at), character] as const),
  ),
);

const privateUse = /[\ue000-\uf8ff]/;
const everyPrivateUse = /[\ue000-\uf8ff]/g;

/** A text decoded as GB18030 by whatever decoder; characters that a site made for itself stay what they are. */
export const withoutPrivateUse = (text: string): string =>
  privateUse.test(text)
    ? text.replaceAll(everyPrivateUse, (character) => meanings.get(character) ?? character)
    : text;
