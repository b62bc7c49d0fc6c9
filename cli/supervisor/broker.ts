import { join } from "node:path";
import { passwordVariables } from "../../shared/installation/broker-passwords.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import type { ChildPlan } from "./child.ts";
import type { Home } from "./home.ts";
import { isBrokerThere } from "./ports.ts";
import type { Secrets } from "./secrets.ts";

/** How the embedded broker is started: on this machine's loopback, on the home's own store. */
export function brokerPlan(
  home: Home,
  server: string,
  port: number,
  secrets: Secrets,
  inherited: Record<string, string | undefined>,
): ChildPlan {
  const config = join(packageRoot, "deploy/nats.conf");
  return {
    name: "nats",
    replica: "nats",
    command: server,
    args: ["-c", config, "-a", "127.0.0.1", "-p", String(port), "-sd", home.natsData, "-P", home.natsPid],
    folder: home.folder,
    env: {
      PATH: inherited.PATH,
      HOME: inherited.HOME,
      GOMAXPROCS: inherited.GOMAXPROCS,
      ...passwordVariables(secrets.passwords),
    },
    log: join(home.logs, "nats.log"),
    probe: { ready: () => isBrokerThere(port), http: null },
  };
}
