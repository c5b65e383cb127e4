import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pause } from "./pause.mjs";
import { refuse } from "./words.mjs";

const STOPPED = 1;
const DENIED = 5;
const NOT_THERE = 1060;
/** The wrapper gives the agent 30 seconds to end, as systemd does. */
const STOP_MS = 30_000;
const MOST_STOP_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** Runs a program of Windows itself; `allowed` are the exit codes that it may end with. Refuses at any other. */
export function system(program, words, allowed = [0]) {
  const path = join(process.env.SystemRoot, "System32", program);
  const { status, stdout, error } = spawnSync(path, words, { windowsHide: true });
  if (status === DENIED) refuse("QZ_USAGE", "Run this as administrator.", "请以管理员身份运行。");
  if (!allowed.includes(status)) {
    const said = `${program} ${words.slice(0, 2).join(" ")}: ${error?.message ?? status}`;
    refuse(
      "QZ_INSTALL_FAILED",
      `Windows refused a step: ${said}. 'net helpmsg ${status}' says why.`,
      `Windows 拒绝了一个步骤：${said}。执行 net helpmsg ${status} 可查看原因。`,
    );
  }
  return { status, text: stdout.toString() };
}

/** Whether the service runs, or undefined where there is none. Words may be translated: numbers alone are read. */
export function serviceRuns() {
  const { status, text } = system("sc.exe", ["query", "qianzhi"], [0, NOT_THERE]);
  if (status === NOT_THERE) return undefined;
  return Number(/: (\d) +[A-Z_]+/.exec(text)?.[1]) !== STOPPED;
}

/** Resolves when the service has stopped, whose stopping is asked for alone by `sc stop`. */
export function stopService() {
  system("sc.exe", ["stop", "qianzhi"]);
  for (let waited = 0; serviceRuns(); waited += LOOK_EVERY_MS) {
    if (waited >= MOST_STOP_MS)
      refuse(
        "QZ_INSTALL_FAILED",
        "The service does not stop; end it in the task manager, then run this again.",
        "服务没有停止。请在任务管理器中结束它，再重新运行。",
      );
    pause(LOOK_EVERY_MS);
  }
}

export const startService = () => system("sc.exe", ["start", "qianzhi"]);
export const deleteService = () => system("sc.exe", ["delete", "qianzhi"]);

/** Creates the service that runs `program`, by an account without rights, in `site`. Its paths stay the same for good. */
export function createService(program, site) {
  const wrapper = [
    `"${join(program, "runtime", "shawl.exe")}" run --name qianzhi --restart --stop-timeout ${STOP_MS}`,
    `--cwd "${site}" --log-dir "${site}"`,
    `-- "${join(program, "runtime", "node.exe")}" "${join(program, "service.mjs")}"`,
  ];
  const account = ["obj=", "NT AUTHORITY\\LocalService"];
  const settings = ["binPath=", wrapper.join(" "), "start=", "delayed-auto", ...account];
  system("sc.exe", ["create", "qianzhi", ...settings]);
  system("sc.exe", ["description", "qianzhi", "Qianzhi edge agent / 前置代理"]);
  // Where the wrapper itself ends.
  const again = ["reset=", "86400", "actions=", "restart/5000/restart/5000/restart/5000"];
  system("sc.exe", ["failure", "qianzhi", ...again]);
}
