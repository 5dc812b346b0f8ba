import { execSync } from 'node:child_process';

/** Runs after an install in a checkout. One without the tools to build (`--omit=dev`) must not fail for want of them. */
try {
  import.meta.resolve('esbuild');
  execSync('npm run build', { stdio: 'inherit' });
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('not built: the packages to build with are not installed\n');
}
