import { brokerUrl } from "../../shared/installation/broker-passwords.ts";
import { readCliConfig } from "../config.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { type Home, homeAt } from "../supervisor/home.ts";
import { readSecrets } from "../supervisor/secrets.ts";
import { type MemberState, notRunning, runningState, type SystemState } from "../supervisor/state.ts";
import { print, printJson, table, tell } from "../view/terminal.ts";

export function addStatus(program: AssayCommand): void {
  program
    .command("status")
    .summary("show what runs here")
    .description(
      "Shows the broker and the services that run here, or with ASSAY_NATS_URL those that answer there.\n" +
        "Exit code 3: none do.",
    )
    .option("--json", "as one JSON object; nats.url is what a client connects to")
    .action(async (flags: { json?: boolean }) => {
      const config = readCliConfig();
      if (config.natsUrl !== undefined) {
        const { showSystemElsewhere } = await import("../system/status-elsewhere.ts");
        return await showSystemElsewhere(config.natsUrl, flags);
      }
      const home = homeAt(config.home);
      const state = runningState(home);
      if (state === undefined) throw notRunning(home);
      if (flags.json) printJson(statusOf(home, state));
      else showStatus(state);
    });
}

function statusOf(home: Home, state: SystemState): object {
  const shown = ({ name, replica, process, state, restarts, http, fault }: MemberState) => ({
    ...{ name, replica, pid: process?.pid ?? null, state, restarts, http, fault },
  });
  return {
    phase: state.phase,
    pid: state.supervisor.pid,
    nats: { url: brokerUrl("client", readSecrets(home)!.passwords, state.ports.nats!), ...shown(state.nats) },
    services: state.services.map(shown),
  };
}

function showStatus(state: SystemState): void {
  const rows = [state.nats, ...state.services].map((member) => [
    member.replica,
    member.state,
    String(member.process?.pid ?? "-"),
    String(member.restarts),
    member.http ?? (member === state.nats ? `127.0.0.1:${state.ports.nats}` : "-"),
  ]);
  print(`The system is ${state.phase} (pid ${state.supervisor.pid}).`);
  print(table(["replica", "state", "pid", "restarts", "address"], rows));
  for (const { replica, fault, state: now } of [state.nats, ...state.services]) {
    if (fault !== null && now !== "ready") tell(`${replica}: ${fault}`);
  }
}
