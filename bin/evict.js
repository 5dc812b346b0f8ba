#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// A search through gigabytes makes much that is soon garbage. V8 would let the heap grow fourfold before it looks.
setFlagsFromString('--heap-growing-percent=75');
// The SDK would warn on every run that its later versions need a newer Node; the locked version does not.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { main } = await import('../dist/cli/main.js').catch((error) => {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('evict: this checkout is not built\n  run "npm run build" once\n');
  process.exit(2);
});
process.exitCode = await main(process.argv.slice(2));
// All is said and recorded: a child that never ends (a credential_process) must not keep whoever waits for us.
setInterval(() => process.stdout.writableLength === 0 && process.exit(), 1_000).unref();
