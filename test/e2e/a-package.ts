import { cp, mkdir, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type Said, runTool } from './a-tool.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A build in the midst of other tests. */
const LONGEST_MS = 90_000;
const NOT_IN_A_CHECKOUT = new Set(['node_modules', 'dist', 'coverage', '.git']);

/** The package as `npm pack` makes it of a fresh checkout, installed for all users of a prefix, without a network. */
export type InstalledPackage = AsyncDisposable & {
  readonly tarball: string;
  /** What the shell finds. */
  readonly bin: string;
  /** Where the package lies. */
  readonly directory: string;
  /** Next to it. */
  readonly neighbours: readonly string[];
  /** All files of the package, by their paths in it, with their sizes. */
  files(): Promise<ReadonlyMap<string, number>>;
  /** A directory of its own below the temporary one. */
  place(name: string): Promise<string>;
  npm(cwd: string, ...args: string[]): Promise<Said>;
};

export async function anInstalledPackage(): Promise<InstalledPackage> {
  const temporary = await temporaryDirectory();
  const place = async (name: string) => {
    await mkdir(join(temporary.path, name));
    return join(temporary.path, name);
  };
  const npm = npmWith(await place('npm'));
  const checkout = await aCheckout(await place('checkout'));
  await symlink(await realpath(join(ROOT, 'node_modules')), join(checkout, 'node_modules'));
  succeeded(await npm(checkout, 'pack', '--pack-destination', temporary.path));
  const tarball = (await readdir(temporary.path)).find((name) => name.endsWith('.tgz')) ?? 'none';
  const prefix = await place('prefix');
  succeeded(
    await npm(temporary.path, 'install', '--global', '--prefix', prefix, '--ignore-scripts', `./${tarball}`),
  );
  const modules = join(prefix, 'lib', 'node_modules');
  const directory = join(modules, 'evict');
  return {
    tarball: join(temporary.path, tarball),
    bin: join(prefix, 'bin', 'evict'),
    directory,
    neighbours: await readdir(modules),
    files: () => filesIn(directory),
    place,
    npm,
    [Symbol.asyncDispose]: temporary[Symbol.asyncDispose],
  };
}

/** What git would have given: nothing built, nothing installed. */
export async function aCheckout(directory: string): Promise<string> {
  await cp(ROOT, directory, {
    recursive: true,
    filter: (path) => !NOT_IN_A_CHECKOUT.has(basename(path)),
  });
  return directory;
}

/** The same npm as everybody's, with nothing of the one who runs the tests, and without a network. */
function npmWith(home: string) {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    npm_config_cache: join(home, 'cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  return (cwd: string, ...args: string[]): Promise<Said> =>
    runTool({ path: 'npm' }, { args, env, cwd, timeoutMs: LONGEST_MS });
}

function succeeded({ code, stdout, stderr }: Said): void {
  if (code !== 0) throw new Error(`npm ended with ${code}:\n${stdout}\n${stderr}`);
}

async function filesIn(directory: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await readdir(directory, { recursive: true })) {
    const found = await stat(join(directory, name));
    if (found.isFile()) sizes.set(name, found.size);
  }
  return sizes;
}
