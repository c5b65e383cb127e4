import { windowPattern } from "../care/time-window.ts";
import { pageSchema } from "./page-config.ts";
import { pipelineSchema } from "./pipeline-schema.ts";
import {
  duration,
  group,
  integer,
  list,
  name,
  named,
  oneOfWords,
  secret,
  size,
  text,
  textCharset,
  type DescribedSchema,
} from "./schema-words.ts";

/** What a header carries as it is. */
const headerValue = {
  pattern: "^[!-~]{1,200}$",
  expects: [
    "must be printable ASCII without blanks, at most 200 characters",
    "应为不含空格的可打印 ASCII 字符，最多 200 个",
  ],
} as const;

const platform = group(
  {
    url: text(["Address of the exchange platform.", "数据交换平台地址。"], {
      pattern: "^https?://[^/\\s]",
      expects: [
        "must be an address such as https://exchange.example.gov.cn",
        "应为地址，如 https://exchange.example.gov.cn",
      ],
    }),
    key: secret(["The site's Ed25519 private key, PEM.", "接入点的 Ed25519 私钥（PEM）。"]),
    keyId: name(["The key's name at the platform.", "密钥在平台的名称。"], { default: "main" }),
    ca: secret(["Certificate of a private authority, PEM.", "私有 CA 证书（PEM）。"]),
    clientCertificate: group(
      {
        certificate: secret(["Certificate, PEM.", "证书（PEM）。"]),
        key: secret(["Its private key, PEM.", "其私钥（PEM）。"]),
      },
      ["certificate", "key"],
      ["Certificate by which the platform knows this machine.", "平台用于识别本机的客户端证书。"],
    ),
    proxy: secret(["Proxy, `http://host:port`.", "代理服务器，`http://主机:端口`。"]),
    noProxy: list({ type: "string", minLength: 1 }, [
      "Hosts that are reached without the proxy.",
      "不经代理访问的主机。",
    ]),
    timeout: duration(["How long one request may take.", "单次请求的超时。"], { default: "30s" }),
    gateway: group(
      {
        rid: text(["Who asks, `gjgxjhpt_rid`.", "请求者身份标识 `gjgxjhpt_rid`。"], headerValue),
        sid: text(
          [
            "The service that stands for `url`, `gjgxjhpt_sid`.",
            "`url` 对应的服务编码 `gjgxjhpt_sid`。",
          ],
          headerValue,
        ),
        appKey: secret(["The service's authorisation code.", "服务授权码。"]),
        refreshPath: text(
          [
            "Where the secret is given out, from the gateway's root.",
            "换取密钥的路径，从网关根路径算起。",
          ],
          { default: "/sysapi/auth/refreshappsecret", pattern: "^/" },
        ),
        cipher: oneOfWords(["ecb", "cbc"], ["How the secret is encrypted.", "密钥的加密方式。"], {
          default: "ecb",
        }),
      },
      ["rid", "sid", "appKey"],
      [
        "The way to the platform leads through a gateway of the national data sharing exchange platform.",
        "经国家数据共享交换平台的网关访问。",
      ],
    ),
    enrolmentToken: secret([
      "Token for `publish` and key registration.",
      "`publish` 和登记密钥所用的令牌。",
    ]),
  },
  ["url", "key"],
  [
    "The exchange platform over HTTP. A site has either `platform` or `target`.",
    "HTTP 数据交换平台。每个接入点配置 `platform` 或 `target` 之一。",
  ],
);

const target = group(
  {
    kind: text([
      "Target: `exchange-tables`, the name of an installed package, or the path of a folder, file or .tgz.",
      "目标：`exchange-tables`、已安装的包名，或目录、文件、.tgz 的路径。",
    ]),
    options: {
      type: "object",
      default: {},
      description: "Options of the target: see [exchange-tables](exchange-tables.md).",
      zh: "目标选项：见 [前置库表](exchange-tables.md)。",
    },
  },
  ["kind"],
  [
    "Where batches go instead of a platform over HTTP: tables of a 前置库.",
    "不经 HTTP 平台时批次的去向：前置库表。",
  ],
);

const timeOfDay: DescribedSchema = {
  type: "string",
  pattern: windowPattern,
  expects: ["must be a time of day such as 22:00-06:00", "应为时段，如 22:00-06:00"],
};

const source = group(
  {
    kind: text([
      "Adapter: `sqlite`, `mysql` …, the name of an installed package, or the path of a folder, file or .tgz.",
      "适配器：`sqlite`、`mysql` 等，已安装的包名，或目录、文件、.tgz 的路径。",
    ]),
    offset: text(["Offset of times without zone.", "无时区时间的偏移。"], {
      pattern: "^(?!-00:00)[+-](0[0-9]|1[0-4]):[0-5][0-9]$",
      default: "+08:00",
      expects: [
        'must be an offset in quotes such as "+08:00"',
        '应为加引号的时区偏移，如 "+08:00"',
      ],
    }),
    ...textCharset,
    maxConnections: integer([1, 64], ["Connections at once.", "同时连接数。"], { default: 1 }),
    maxRowsPerSecond: integer(
      [1, 100_000_000],
      ["Rows a second, at most, over all pipelines.", "每秒读取行数上限，所有采集任务合计。"],
    ),
    window: {
      anyOf: [timeOfDay, { type: "array", minItems: 1, items: timeOfDay }],
      description:
        "When it may be read, in the site's time zone: `22:00-06:00`, or a list of such. Default: always.",
      zh: "允许读取的时段，按接入点时区：如 `22:00-06:00`，可写多段。默认：全天。",
    },
    statementTarget: duration(
      [
        "How long a statement should take. One that takes longer makes pages shorter and is followed by a rest.",
        "单条语句的目标用时。超过时减小每页行数，并在其后休息。",
      ],
      { default: "500ms" },
    ),
    options: {
      type: "object",
      default: {},
      description: "Options of the adapter: see its page.",
      zh: "适配器选项：见其说明。",
    },
  },
  ["kind"],
  ["A legacy system.", "一个业务系统。"],
);

const dictionary = group(
  {
    entries: {
      type: "object",
      additionalProperties: { type: ["string", "number", "boolean", "null"] },
      description:
        'Source text: item value. Both are taken as written; an empty value is "no value".',
      zh: "源文本：信息项的值。均按书写原样；空值表示“无值”。",
    },
    otherwise: {
      type: ["string", "number", "boolean", "null"],
      description: "Value for any other text. Absent: an unknown text is refused.",
      zh: "其他文本的取值。不写时，未知文本将被拒绝。",
    },
  },
  ["entries"],
  ["A code dictionary.", "代码字典。"],
);

/**
 * JSON Schema of the site's configuration file. Checks the shape and is the text of the reference page; what refers
 * to other parts is checked by loadSiteConfig.
 */
export const siteSchema: DescribedSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Qianzhi site configuration",
  ...group(
    {
      site: name(["Name of this deployment at the platform.", "本接入点在平台的名称。"]),
      data: text(["Directory for the outbox and the ledger.", "发件箱和台账所在目录。"], {
        default: "./data",
      }),
      language: oneOfWords(["en", "zh"], ["Language of messages.", "提示信息的语言。"]),
      timeZone: text(["IANA zone in which schedules are read.", "定时表达式所用的 IANA 时区。"], {
        default: "Asia/Shanghai",
      }),
      platform,
      target,
      resources: list({ type: "string", minLength: 1 }, [
        "Descriptor files, relative to this file; `*` stands for any file name.",
        "资源描述文件，相对于本文件；`*` 代表任意文件名。",
      ]),
      sources: named(source, ["Legacy systems by name.", "业务系统，按名称。"]),
      pipelines: named(pipelineSchema, ["Pipelines by name.", "采集任务，按名称。"]),
      dictionaries: named(dictionary, ["Code dictionaries by name.", "代码字典，按名称。"]),
      outbox: group(
        {
          maxBytes: size(["Disk space for batches that wait.", "待发批次可占用的磁盘空间。"], {
            default: "10GiB",
          }),
          retainDelivered: duration(
            ["How long delivered batches are kept.", "已送达批次的保留时间。"],
            { default: "7d" },
          ),
        },
        [],
        ["The durable queue of batches.", "持久化的批次队列。"],
        { default: {} },
      ),
      ledger: group(
        {
          keep: duration(["How long an entry is kept.", "条目的保留时间。"], { default: "400d" }),
          maxBytes: size(
            [
              "Disk space for entries; beyond it the oldest go, whatever their age (QZ_LEDGER_SHORT).",
              "条目可占用的磁盘空间；超出时最旧的条目先被删去，不论其存留时间（QZ_LEDGER_SHORT）。",
            ],
            { default: "1GiB" },
          ),
        },
        [],
        ["The account of what was done.", "台账：代理所做之事的记录。"],
        { default: {} },
      ),
      page: pageSchema,
      alarms: group(
        {
          overdueAfter: duration(
            [
              "A pipeline was due so long ago and has not run (QZ_OVERDUE).",
              "任务到期后超过此时间仍未运行（QZ_OVERDUE）。",
            ],
            { default: "10m" },
          ),
          stalledAfter: duration(
            [
              "A source has answered nothing for so long during a run (QZ_RUN_STALLED).",
              "运行中数据源超过此时间没有应答（QZ_RUN_STALLED）。",
            ],
            { default: "30m" },
          ),
          lagAfter: duration(
            [
              "The platform's copy is so far behind and falls further behind (QZ_LAG_GROWS).",
              "平台副本落后超过此时间且仍在扩大（QZ_LAG_GROWS）。",
            ],
            { default: "30m" },
          ),
          waitingAfter: duration(
            [
              "A batch waits for so long and nothing leaves (QZ_BATCHES_WAITING).",
              "批次等待超过此时间且没有批次送出（QZ_BATCHES_WAITING）。",
            ],
            { default: "10m" },
          ),
          quarantineGrowth: integer(
            [1, 100_000_000],
            [
              "Records that came into quarantine within an hour (QZ_QUARANTINE_GROWS).",
              "一小时内进入隔离区的记录数（QZ_QUARANTINE_GROWS）。",
            ],
            { default: 100 },
          ),
          slowdown: integer(
            [1, 99],
            [
              "Percent by which a source gives fewer rows in the same time than usual (QZ_SOURCE_SLOWER).",
              "数据源在相同时间内提供的行数比平时减少的百分比（QZ_SOURCE_SLOWER）。",
            ],
            { default: 75 },
          ),
        },
        [],
        [
          "From when on something is worth an alarm in `status` and the log: see alarms.md.",
          "达到何种程度时在 `status` 和日志中报警：见 alarms.md。",
        ],
        { default: {} },
      ),
    },
    ["site", "resources", "sources", "pipelines"],
    ["Configuration of one site.", "一个接入点的配置。"],
  ),
};
