import {
  QianzhiError,
  type ResourceDescriptor,
  type SealedBatch,
  type StreamName,
  type Target,
  type World,
} from "@qianzhi/sdk";
import { answerError, type RequestFacts } from "./answer-error.ts";
import {
  createHttpClient,
  type ConnectionSettings,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
} from "./http-client.ts";
import { throughGateway, type NationalGateway } from "./national-gateway.ts";
import * as read from "./read-answer.ts";
import { createSigner, publicKeyOf } from "./sign-request.ts";

export interface HttpTargetOptions extends ConnectionSettings {
  readonly site: string;
  /** Name of the key at the platform. */
  readonly keyId: string;
  /** Ed25519, PKCS#8 PEM text. */
  readonly privateKey: string;
  /** The operator's token, for `publish`, `registerKey` and `grant` at a platform that gives one out. */
  readonly enrolmentToken?: string;
  /** The way to the platform leads through a gateway of the national platform. */
  readonly gateway?: NationalGateway;
  readonly world: World;
}

/** The exchange platform over HTTP, docs/protocol.md. Redirects are never followed: a batch goes where it was sent. */
export interface HttpTarget extends Target {
  /** Registers the site's public key; needs the enrolment token. */
  registerKey(signal: AbortSignal): Promise<void>;
  /** Lets the site write a resource; needs the enrolment token. */
  grant(resource: string, signal: AbortSignal): Promise<void>;
}

const JSON_TYPE = "application/json";
/** Keys asked for at once: some hundred kilobytes. */
const BUCKET_KEYS = 1_000;

export function httpTarget(options: HttpTargetOptions): HttpTarget {
  const { site, keyId, world, enrolmentToken } = options;
  const direct = createHttpClient(options, createSigner(options, world), world);
  const client =
    options.gateway === undefined ? direct : throughGateway(direct, options.gateway, world);
  const bearer = enrolmentToken === undefined ? {} : { bearer: enrolmentToken };
  const ask = asker(client, options);
  const get = (path: string, signal: AbortSignal, facts?: RequestFacts) =>
    ask({ method: "GET", path }, signal, facts);
  const put = (
    path: string,
    value: unknown,
    signal: AbortSignal,
    more: Partial<HttpRequest> = {},
  ) =>
    ask(
      {
        method: "PUT",
        path,
        contentType: JSON_TYPE,
        body: Buffer.from(JSON.stringify(value)),
        ...more,
      },
      signal,
    );

  return {
    kind: "http",
    capabilities: async (signal) => read.capabilities(json(await get("/v1", signal))),
    async openEpoch(stream, request, signal) {
      return read.streamPosition(json(await put(`${streamPath(stream)}/epoch`, request, signal)));
    },
    async position(stream, signal) {
      const answer = await orUnknown(
        get(streamPath(stream), signal, { ...stream }),
        "QZ_STREAM_UNKNOWN",
      );
      return answer === undefined ? undefined : read.streamPosition(json(answer));
    },
    async deliver(batch, signal) {
      const answer = await ask(batchRequest(batch), signal, { ...batch.manifest });
      if (answer.status === 202) return { handedOver: true };
      return { receipt: read.receipt(json(answer)) };
    },
    async receipts(forSite, since, signal) {
      const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
      return read.receiptPage(
        json(await get(`/v1/sites/${encodeURIComponent(forSite)}/receipts${query}`, signal)),
      );
    },
    async digest(stream, bits, signal) {
      const query = bits === undefined ? "" : `?bits=${bits}`;
      return read.digestReport(
        json(await get(`${streamPath(stream)}/digest${query}`, signal, { ...stream })),
      );
    },
    async *bucketKeys(stream, bits, buckets, signal) {
      for (const bucket of buckets)
        for (let after: string | null = ""; after !== null;) {
          const from: string = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
          const path = `${streamPath(stream)}/buckets/${bucket}?bits=${bits}&limit=${BUCKET_KEYS}${from}`;
          const page = read.bucketPage(json(await get(path, signal, { ...stream })));
          yield page;
          after = page.next;
        }
    },
    async catalogEntry(identifier, version, signal) {
      const path =
        version === undefined ? catalogPath(identifier) : versionPath(identifier, version);
      const answer = await orUnknown(
        get(path, signal),
        "QZ_RESOURCE_UNKNOWN",
        "QZ_VERSION_UNKNOWN",
      );
      return answer === undefined ? undefined : (json(answer) as ResourceDescriptor);
    },
    async publish(descriptor, signal) {
      const answer = await put(
        versionPath(descriptor.identifier, descriptor.version),
        descriptor,
        signal,
        bearer,
      );
      return answer.status === 201 ? "created" : "unchanged";
    },
    async registerKey(signal) {
      const path = `/v1/sites/${encodeURIComponent(site)}/keys/${encodeURIComponent(keyId)}`;
      await put(path, { publicKey: publicKeyOf(options.privateKey) }, signal, bearer);
    },
    async grant(resource, signal) {
      const path = `/v1/sites/${encodeURIComponent(site)}/grants/${encodeURIComponent(resource)}`;
      await ask({ method: "PUT", path, ...bearer }, signal);
    },
    close: async () => client.close(),
  };
}

type Ask = (request: HttpRequest, signal: AbortSignal, facts?: RequestFacts) => Promise<HttpAnswer>;

/** Sends and answers successes alone; everything else is thrown as its typed error. */
function asker(client: HttpClient, { site, keyId, world }: HttpTargetOptions): Ask {
  return async (request, signal, facts = {}) => {
    const answer = await client.send(request, signal);
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status >= 300 && answer.status < 400) {
      throw new QianzhiError("QZ_PROTOCOL", {
        problem: {
          en: `it redirects (${answer.status}); give the final address`,
          zh: `平台要求重定向（${answer.status}），请填写最终地址`,
        },
      });
    }
    throw answerError(answer, { address: client.address, site, key: keyId, ...facts }, world.clock);
  };
}

function batchRequest({ manifest: m, encoding, body }: SealedBatch): HttpRequest {
  return {
    method: "POST",
    path: `/v1/exchange/${encodeURIComponent(m.resource)}/batches`,
    contentType: "application/x-ndjson",
    body,
    headers: {
      "idempotency-key": `"${m.site}/${m.pipeline}/${m.epoch}/${m.sequence}"`,
      ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
    },
  };
}

async function orUnknown(
  answer: Promise<HttpAnswer>,
  ...codes: readonly string[]
): Promise<HttpAnswer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (QianzhiError.is(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
}

const json = (answer: HttpAnswer): unknown => read.parseJson(answer.body);

const catalogPath = (identifier: string): string => `/v1/catalog/${encodeURIComponent(identifier)}`;

const versionPath = (identifier: string, version: string): string =>
  `${catalogPath(identifier)}/versions/${encodeURIComponent(version)}`;

function streamPath({ resource, site, pipeline }: StreamName): string {
  const [r, s, p] = [resource, site, pipeline].map(encodeURIComponent);
  return `/v1/exchange/${r}/streams/${s}/${p}`;
}
