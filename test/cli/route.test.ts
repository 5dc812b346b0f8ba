import { describe, expect, it } from '@jest/globals';
import { route } from '../../src/cli/route.ts';

describe('the first word decides', () => {
  it.each([
    [['pump-17', '--yes'], 'client'],
    [['--events', 'undo', 'pump-17'], 'client'],
    [['undo', '20261122T140631Z-7f3a9c'], 'undo'],
    [['--state-dir', 'here', 'incidents'], 'incidents'],
    [['--json', 'show', 'x'], 'show'],
    [['-y', '--events=undo', 'pump-17'], 'client'],
    [['client', 'undo'], 'client'],
    [['Undo'], 'client'],
    [['help'], 'help'],
    [[], 'client'],
    [['--hold', '0'], 'client'],
    [['--help'], undefined],
  ])('%j is for %s', (words, command) => {
    expect(route(words).command).toBe(command);
  });

  it.each([['undo'], ['help'], ['--yes'], ['-'], ['sandbox']])(
    'what follows -- is a client, even %s',
    (name) => {
      expect(route(['--json', '--', name])).toEqual({ command: 'client', words: ['--json', '--', name] });
    },
  );

  it('leaves a command its words, without its name', () => {
    expect(route(['--json', 'undo', 'an-incident', '--yes']).words).toEqual([
      '--json',
      'an-incident',
      '--yes',
    ]);
  });
});
