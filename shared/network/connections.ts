import { Client, type Dispatcher, EnvHttpProxyAgent, getGlobalDispatcher, Pool } from "undici";

/** Where a proxy of the environment is used, all connections go where it says (shared/runtime/process/proxies.ts). */
const isProxied = () => getGlobalDispatcher() instanceof EnvHttpProxyAgent;

/** Connections to one origin, kept alive; through a proxy where the environment names one for it. */
export function connectionsTo(origin: string, options: Pool.Options): Dispatcher {
  return isProxied() ? new EnvHttpProxyAgent(agentOptions(options)) : new Pool(origin, options);
}

/** One connection that is kept alive; through a proxy it is one of those that all share. */
export function oneConnection(origin: string, options: Client.Options, shared: Dispatcher[]): Dispatcher {
  if (!isProxied()) return new Client(origin, options);
  shared[0] ??= new EnvHttpProxyAgent(agentOptions(options));
  return shared[0];
}

/** A proxy's own connection has the patience of a direct one. */
function agentOptions({ connectTimeout, ...options }: Client.Options): EnvHttpProxyAgent.Options {
  if (connectTimeout === undefined) return options as EnvHttpProxyAgent.Options;
  const patience = { timeout: connectTimeout };
  return {
    ...options,
    connect: patience,
    requestTls: patience,
    proxyTls: patience,
  } as EnvHttpProxyAgent.Options;
}
