import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, normalize } from "node:path";

const SUITE = "forky";

/** A Debian mirror on this machine with one package, nats-server of that version, and a machine whose apt uses it. */
export async function startDebianMirror(folder: string, version: string) {
  const root = join(folder, "mirror");
  const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
  const packages = join(root, "dists", SUITE, "main", `binary-${architecture}`, "Packages");
  put(packages, describe(root, buildPackage(folder, root, version, architecture)));
  put(join(root, "dists", SUITE, "Release"), release(packages, architecture));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    try {
      response.end(readFileSync(join(root, normalize(new URL(request.url ?? "", "http://m").pathname))));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    environment: { APT_CONFIG: aptConfiguration(folder, `http://127.0.0.1:${port}`) },
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function put(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function control(version: string, architecture: string): string {
  return [
    "Package: nats-server",
    `Version: ${version}-1`,
    `Architecture: ${architecture}`,
    "Maintainer: Test <test@localhost>",
    "Description: prints its version",
    "",
  ].join("\n");
}

function buildPackage(folder: string, root: string, version: string, architecture: string): string {
  const tree = join(folder, "tree");
  put(join(tree, "DEBIAN/control"), control(version, architecture));
  const program = join(tree, "usr/sbin/nats-server");
  put(program, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(program, 0o755);
  const name = `pool/nats-server_${version}-1_${architecture}.deb`;
  mkdirSync(join(root, "pool"), { recursive: true });
  execFileSync("dpkg-deb", ["--root-owner-group", "-b", tree, join(root, name)]);
  return name;
}

function describe(root: string, name: string): string {
  const file = join(root, name);
  const [, version, architecture] = /_(.+)-1_(.+)\.deb$/.exec(name)!;
  return `${control(version!, architecture!)}Filename: ${name}\nSize: ${statSync(file).size}\nSHA256: ${sha256(file)}\n\n`;
}

function release(packages: string, architecture: string): string {
  return [
    "Origin: Debian",
    `Suite: testing\nCodename: ${SUITE}`,
    `Date: ${new Date().toUTCString()}`,
    `Architectures: ${architecture}\nComponents: main`,
    `SHA256:\n ${sha256(packages)} ${statSync(packages).size} main/binary-${architecture}/Packages`,
    "",
  ].join("\n");
}

/** The machine's apt, with this mirror as its only source; the mirror is not signed, which only this machine allows. */
function aptConfiguration(folder: string, mirror: string): string {
  put(join(folder, "sources.list"), `deb ${mirror} bookworm main\n`);
  put(
    join(folder, "apt.conf"),
    [
      `Dir::Etc::sourcelist "${join(folder, "sources.list")}";`,
      'Dir::Etc::sourceparts "/dev/null";',
      'Acquire::AllowInsecureRepositories "true";',
      'APT::Get::AllowUnauthenticated "true";',
      'Acquire::http::Proxy::127.0.0.1 "DIRECT";',
      "",
    ].join("\n"),
  );
  return join(folder, "apt.conf");
}
