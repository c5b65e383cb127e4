/** Check characters of national identifiers, by computation. Each takes the identifier without its check character. */

const residentWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643: ISO 7064 MOD 11-2 over 17 digits. */
export function residentCheck(digits: string): string {
  let sum = 0;
  for (let at = 0; at < 17; at += 1) sum += Number(digits.charAt(at)) * (residentWeights[at] ?? 0);
  return "10X98765432".charAt(sum % 11);
}

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const creditWeights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** GB 32100: weights 3^i mod 31 over 17 characters of an alphabet without I, O, S, V and Z. */
export function creditCheck(characters: string): string {
  let sum = 0;
  for (let at = 0; at < 17; at += 1)
    sum += creditAlphabet.indexOf(characters.charAt(at)) * (creditWeights[at] ?? 0);
  return creditAlphabet.charAt((31 - (sum % 31)) % 31);
}

const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11714: weighted modulo 11 over 8 characters, letters counting from A = 10. */
export function organisationCheck(characters: string): string {
  let sum = 0;
  for (let at = 0; at < 8; at += 1)
    sum += Number.parseInt(characters.charAt(at), 36) * (organisationWeights[at] ?? 0);
  return "0X987654321".charAt(sum % 11);
}

/** ISO 7064 MOD 11,10 over any number of digits: registration numbers (GS15) and project codes. */
export function hybridCheck(digits: string): string {
  let product = 10;
  for (const digit of digits) {
    const sum = (product + Number(digit)) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return String((11 - product) % 10);
}
