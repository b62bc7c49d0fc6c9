import { shareProxies } from "./config.ts";

/**
 * Lets all that this process and its children fetch go through the proxies of HTTPS_PROXY and HTTP_PROXY, but for the
 * hosts of NO_PROXY and this machine itself. To be called before the first connection; without a proxy it does nothing.
 */
export async function useProxies(): Promise<void> {
  if (!shareProxies()) return;
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import("undici");
  setGlobalDispatcher(new EnvHttpProxyAgent());
}
