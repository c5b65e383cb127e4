import { parseArgs } from "node:util";
import { enrol, openProgram } from "./open-program.ts";

/**
 * A day at the permit office:
 *
 *     node dist/src/main.js --directory data --platform http://127.0.0.1:8787 --token TOKEN --grant SP-001
 *
 * `--die` kills the process between its business commit and its publish. The next start, with or without new business, sends
 * what the last one left undone.
 */
const { values } = parseArgs({
  options: {
    directory: { type: "string", default: "data" },
    platform: { type: "string", default: "http://127.0.0.1:8787" },
    token: { type: "string" },
    grant: { type: "string", multiple: true, default: [] },
    revoke: { type: "string", multiple: true, default: [] },
    die: { type: "boolean", default: false },
  },
});

const program = await openProgram({
  directory: values.directory,
  platform: values.platform,
  enrolmentToken: values.token,
});
const { office, permits, exchange } = program;

for (const number of values.grant) {
  office.grant({
    permit_number: number,
    holder: `小吃店 ${number}`,
    valid_until: "2030-12-31",
    fee: "120.00",
    inspector: "张三",
  });
}
for (const number of values.revoke) office.revoke(number);
if (values.die) process.kill(process.pid, "SIGKILL");

if (values.token !== undefined) await enrol(program, AbortSignal.timeout(30_000));
const drained = await permits.drain(office.intents);
await exchange.flush(AbortSignal.timeout(60_000));
const [stream] = exchange.outbox.streams();
process.stdout.write(
  `${JSON.stringify({ drained, accepted: stream?.changes.accepted ?? 0, refused: stream?.changes.refused ?? 0 })}\n`,
);
await program.close();
