import { reportServices, type ServiceReport } from "../../shared/contracts/service-report.ts";
import { EXIT, messageOf, TerminalError, UserError } from "../../shared/errors.ts";
import { openBroker } from "../../shared/runtime/broker.ts";
import { askAll } from "../../shared/runtime/requests.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { MEMBERS } from "../supervisor/members.ts";
import { duration } from "../view/amounts.ts";
import { print, printJson, table, tell } from "../view/terminal.ts";

/** A system that others run, as far as its broker and the services that answer there tell. */
interface SystemElsewhere {
  url: string;
  /** host:port */
  address: string;
  /** Of the broker. */
  version: string;
  services: ServiceReport[];
}

const CONNECT_MS = 5000;
const ANSWER_MS = 2000;

/** Shows the services that answer at a broker, ours or not. @throws UserError (exit code 3) where none does */
export async function showSystemElsewhere(url: string, flags: { json?: boolean }): Promise<void> {
  const system = await lookAt(url);
  if (flags.json) printJson(statusOf(system));
  else show(system);
  const absent = MEMBERS.filter(
    ({ name, always }) => always && !system.services.some((one) => one.name === name),
  );
  if (absent.length > 0)
    tell(`No ${anyOf(absent.map(({ name }) => name))} answers there: what needs one waits.`);
}

async function lookAt(url: string): Promise<SystemElsewhere> {
  const broker = await openBroker(url, "assay", CONNECT_MS);
  try {
    const { host, port, version = "?" } = broker.nc.info ?? {};
    const address = URL.parse(url)?.host ?? `${host}:${port}`;
    const services = await askAll(broker, reportServices, [], {}, ANSWER_MS);
    if (services.length === 0) throw noService(address, version);
    services.sort((a, b) => a.replica.localeCompare(b.replica, "en", { numeric: true }));
    return { url, address, version, services };
  } catch (error) {
    throw error instanceof TerminalError ? otherVersion(error) : error;
  } finally {
    await broker.close();
  }
}

/** As of a system that runs here; what only its supervisor could know is null. */
function statusOf({ url, version, services }: SystemElsewhere): object {
  const unknown = { restarts: null, fault: null };
  return {
    phase: services.every(({ state }) => state === "ready") ? "ready" : "starting",
    pid: null,
    nats: { url, name: "nats", replica: "nats", pid: null, state: "ready", http: null, version, ...unknown },
    services: services.map((service) => ({ ...service, ...unknown })),
  };
}

function show({ address, version, services }: SystemElsewhere): void {
  print(`ASSAY_NATS_URL: nats-server ${version} at ${address}, and the services that answer there:`);
  const rows = services.map(({ replica, state, host, pid, startedAt, http }) => [
    ...[replica, state, host, String(pid)],
    ...[duration((Date.now() - Date.parse(startedAt)) / 1000), http ?? "-"],
  ]);
  print(table(["replica", "state", "host", "pid", "runs for", "address"], rows));
}

function noService(address: string, version: string): UserError {
  const sentence = `nats-server ${version} answers at ${address}, but no service of Assay does: start them with that broker (docs/operating.md), or unset ASSAY_NATS_URL to see what runs here.`;
  return new UserError(sentence, { exitCode: EXIT.couldNotRun });
}

function otherVersion(cause: Error): UserError {
  const sentence = `A service of that broker is of another version (${messageOf(cause)}): use the \`assay\` that it belongs to.`;
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}
