import { claimsIn } from '../../../src/adapters/disk/claims.ts';

/** Another process that claims a client, says so, and holds it until its standard input ends. */
const [directory = '', subject = ''] = process.argv.slice(2);
const claim = await claimsIn(directory).claim(subject, new AbortController().signal);
process.stdout.write(claim === undefined ? 'refused\n' : 'claimed\n');
process.stdin.resume().once('end', () => {
  void claim?.[Symbol.asyncDispose]();
});
