import { join } from "node:path";
import { EXIT, UserError } from "../../shared/errors.ts";
import { moduleOf } from "../../shared/installation/package-root.ts";
import { SERVICE_FLAGS } from "../../shared/installation/service-flags.ts";
import type { ChildPlan } from "./child.ts";
import type { Home } from "./home.ts";
import { environmentOf, type Member, type MemberContext } from "./members.ts";
import { choosePort, isHealthy, isPortFree } from "./ports.ts";
import { readState } from "./state.ts";

/** Names of a member's replicas. */
export function replicasOf(member: Member, wanted: Record<string, number>): string[] {
  return Array.from(
    { length: wanted[member.name] ?? member.replicas },
    (_, index) => `${member.name}-${index}`,
  );
}

/** How one replica of a service is started. */
export function servicePlan(
  member: Member,
  replica: string,
  home: Home,
  context: MemberContext,
  inherited: Record<string, string | undefined>,
): ChildPlan {
  const url = `http://127.0.0.1:${context.ports[member.name]}`;
  return {
    name: member.name,
    replica,
    command: process.execPath,
    args: [...SERVICE_FLAGS, moduleOf(`services/${member.name}/main.ts`)],
    folder: context.dataRoot,
    env: environmentOf(member, replica, context, inherited),
    log: join(home.logs, `${replica}.log`),
    ...(member.portVariable ? { probe: { ready: () => isHealthy(url), http: url } } : {}),
  };
}

/** Ports are chosen once and kept, so that clients find the broker again. @throws UserError when one is taken */
export async function choosePorts(
  home: Home,
  members: Member[],
  wanted: number | null,
): Promise<Record<string, number>> {
  const kept = readState(home)?.ports ?? {};
  const ports: Record<string, number> = { ...kept };
  const needed = ["nats", ...members.filter((member) => member.portVariable).map((member) => member.name)];
  for (const name of needed) {
    const fixed = name === "nats" && wanted !== null ? wanted : kept[name];
    const port = fixed === undefined || fixed === 0 ? await choosePort() : fixed;
    if (!(await isPortFree(port))) throw portTaken(name, port);
    ports[name] = port;
  }
  return ports;
}

function portTaken(name: string, port: number): UserError {
  const wayOut = name === "nats" ? ", or choose one with `assay up --port N` (0: any)" : "";
  const sentence = `Port ${port}, where ${name} is to listen, is used by another program: end that program${wayOut}.`;
  return new UserError(sentence, { exitCode: EXIT.couldNotRun });
}
