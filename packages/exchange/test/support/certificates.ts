import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** Just enough X.509 to make certificates for tests: Node can read them, but not write them. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly name: string;
  readonly issuer?: Authority;
  /** Years from now; negative: over already. */
  readonly years?: number;
  readonly authority?: boolean;
}

export interface Authority extends Certificate {
  readonly name: string;
  readonly privateKey: KeyObject;
}

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, "hex"));
const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text));
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
const commonName = (name: string): Buffer =>
  sequence(tlv(0x31, sequence(oid("550403"), utf8(name))));
const time = (ms: number): Buffer =>
  tlv(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [Buffer.from([1, 1, 0xff])] : []), tlv(0x04, value));

function alternativeName(name: string): Buffer {
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return sequence(
    address ? tlv(0x87, Buffer.from(name.split(".").map(Number))) : tlv(0x82, Buffer.from(name)),
  );
}

const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;

/** A certificate for a host name or IPv4 address, signed by `issuer` or by itself. */
export function makeCertificate({
  name,
  issuer,
  years = 1,
  authority = false,
}: CertificateOptions): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const year = 365 * 86_400_000;
  const until = Date.now() + years * year;
  const content = sequence(
    tlv(0xa0, Buffer.from([2, 1, 2])),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer?.name ?? name),
    sequence(time(until - 10 * year), time(until)),
    commonName(name),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(
      0xa3,
      sequence(
        extension("551d13", true, authority ? sequence(Buffer.from([1, 1, 0xff])) : sequence()),
        extension("551d11", false, alternativeName(name)),
      ),
    ),
  );
  const signature = sign("sha256", content, issuer?.privateKey ?? privateKey);
  return {
    name,
    privateKey,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    certificate: pem(sequence(content, ecdsaWithSha256, tlv(0x03, Buffer.from([0]), signature))),
  };
}
