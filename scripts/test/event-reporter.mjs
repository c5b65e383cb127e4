// A reporter for node's test runner: each event a line of its own that starts with the token of this run, so that the
// runner can tell events from whatever a test prints.
const token = process.env.QIANZHI_TEST_TOKEN ?? "";

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (!/^test:(enqueue|complete|pass|fail|start|diagnostic)$/.test(type)) continue;
    const { name, nesting, skip, todo, details, file, message } = data;
    const error = details?.error;
    const event = {
      type,
      name,
      nesting,
      skip,
      todo,
      file,
      message,
      suite: details?.type === "suite",
    };
    yield `\n${token}${JSON.stringify({ ...event, ...(error && { error: textOf(error), kind: error.failureType }) })}\n`;
  }
}

/** The cause is what the test threw; the runner's own wrapper says nothing more. */
function textOf(error) {
  const cause = error.cause ?? error;
  return typeof cause === "object"
    ? (cause.stack ?? cause.message ?? String(cause))
    : String(cause);
}
