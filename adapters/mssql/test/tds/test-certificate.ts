import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts);
const hex = (digits: string) => Buffer.from(digits, "hex");
const time = (text: string) => tlv(0x18, Buffer.from(text));
const bits = (content: Uint8Array) => tlv(0x03, Buffer.from([0]), content);

let made: TestCertificate | undefined;

/** A certificate for `localhost` that signs itself: one for the process. */
export const testCertificate = (): TestCertificate => (made ??= makeCertificate());

/** As X.509 wants it: Node can read such, but not write one. */
function makeCertificate(): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = sequence(hex("06082a8648ce3d040302"));
  const name = sequence(
    tlv(0x31, sequence(hex("0603550403"), tlv(0x0c, Buffer.from("localhost")))),
  );
  const alternatives = sequence(tlv(0x82, Buffer.from("localhost")));
  const content = sequence(
    tlv(0xa0, hex("020102")),
    tlv(0x02, Buffer.from([1]), randomBytes(8)),
    ecdsaWithSha256,
    name,
    sequence(time("20200101000000Z"), time("20991231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(sequence(hex("0603551d11"), tlv(0x04, alternatives)))),
  );
  const der = sequence(content, ecdsaWithSha256, bits(sign("sha256", content, privateKey)));
  const base64 = der.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
