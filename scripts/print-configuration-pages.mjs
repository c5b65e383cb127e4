// Prints the reference of the site's configuration from its schema: a page in each language, and the JSON Schema for
// editors. With --check it writes nothing and fails when a file differs.
import { readFileSync, writeFileSync } from "node:fs";
import { editorSchema } from "../agent/dist/src/config/editor-schema.js";
import { siteSchema } from "../agent/dist/src/config/site-schema.js";

const words = {
  en: {
    property: "property",
    value: "value",
    otherwise: "default",
    meaning: "meaning",
    required: "**required**",
  },
  zh: {
    property: "属性",
    value: "取值",
    otherwise: "默认值",
    meaning: "含义",
    required: "**必填**",
  },
};
const typeWords = {
  string: ["text", "文本"],
  integer: ["whole number", "整数"],
  number: ["number", "数字"],
  boolean: ["true or false", "true 或 false"],
  array: ["list", "列表"],
  object: ["group", "一组属性"],
  null: ["empty", "空"],
};

/** Groups in the order of the page, each with the way to its schema and its heading. */
const sections = [
  [siteSchema, "## The file", "## 文件"],
  [siteSchema.properties.platform, "## `platform`", "## `platform`"],
  [
    siteSchema.properties.platform.properties.clientCertificate,
    "### `clientCertificate`",
    "### `clientCertificate`",
  ],
  [siteSchema.properties.platform.properties.gateway, "### `gateway`", "### `gateway`"],
  [siteSchema.properties.target, "## `target`", "## `target`"],
  [siteSchema.properties.sources.additionalProperties, "## `sources.NAME`", "## `sources.名称`"],
  [
    siteSchema.properties.pipelines.additionalProperties,
    "## `pipelines.NAME`",
    "## `pipelines.名称`",
  ],
  [
    siteSchema.properties.pipelines.additionalProperties.properties.maxDeletes,
    "### `maxDeletes`",
    "### `maxDeletes`",
  ],
  [
    siteSchema.properties.pipelines.additionalProperties.properties.map.additionalProperties,
    "### `map.ITEM`",
    "### `map.信息项`",
  ],
  [
    siteSchema.properties.dictionaries.additionalProperties,
    "## `dictionaries.NAME`",
    "## `dictionaries.名称`",
  ],
  [siteSchema.properties.outbox, "## `outbox`", "## `outbox`"],
  [siteSchema.properties.page, "## `page`", "## `page`"],
  [siteSchema.properties.alarms, "## `alarms`", "## `alarms`"],
];

function page(language) {
  const intro = readFileSync(
    new URL(`configuration/introduction.${language}.md`, import.meta.url),
    "utf8",
  );
  const parts = sections.map(([schema, en, zh]) =>
    [
      language === "zh" ? zh : en,
      "",
      schema[language === "zh" ? "zh" : "description"],
      "",
      table(schema, language),
    ].join("\n"),
  );
  return `${intro.trimEnd()}\n\n${parts.join("\n\n")}\n`;
}

function table(schema, language) {
  const { property, value, otherwise, meaning, required } = words[language];
  const group =
    schema.properties === undefined
      ? schema.anyOf.find((each) => each.properties !== undefined)
      : schema;
  const rows = Object.entries(group.properties).map(([name, each]) => {
    const fallback = group.required?.includes(name) ? required : defaultOf(each);
    return `| \`${name}\` | ${valueOf(each, language)} | ${fallback} | ${each[language === "zh" ? "zh" : "description"]} |`;
  });
  return [
    `| ${property} | ${value} | ${otherwise} | ${meaning} |`,
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function defaultOf({ default: value }) {
  return value === undefined || typeof value === "object" ? "" : `\`${value}\``;
}

function valueOf(schema, language) {
  const index = language === "zh" ? 1 : 0;
  if (schema.enum !== undefined)
    return schema.enum.map((each) => `\`${each}\``).join(index ? "、" : ", ");
  const { pattern = "" } = schema;
  if (pattern.includes("ms|s|m|h|d"))
    return ["duration: `5s`, `10m`, `7d`", "时长：`5s`、`10m`、`7d`"][index];
  if (pattern.includes("KMGT"))
    return ["size: `512MiB`, `10GiB`", "容量：`512MiB`、`10GiB`"][index];
  if (schema.anyOf?.some((each) => each.required?.[0] === "env"))
    return [
      "text, `{ env: NAME }` or `{ file: path }`",
      "文本、`{ env: 变量名 }` 或 `{ file: 路径 }`",
    ][index];
  const types = (schema.anyOf?.map((each) => each.type) ?? [schema.type]).flat();
  const range = schema.maximum === undefined ? "" : `, ${schema.minimum}–${schema.maximum}`;
  return types.map((each) => typeWords[each][index]).join(index ? "或" : " or ") + range;
}

const outputs = {
  "../docs/configuration.md": page("en"),
  "../docs/zh-CN/configuration.md": page("zh"),
  "../agent/qianzhi.schema.json": `${JSON.stringify(editorSchema("en"), undefined, 2)}\n`,
};
for (const [path, content] of Object.entries(outputs)) {
  const url = new URL(path, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(url, content);
  else if (readFileSync(url, "utf8") !== content) {
    process.stderr.write(`${path} differs: run node scripts/print-configuration-pages.mjs\n`);
    process.exitCode = 1;
  }
}
