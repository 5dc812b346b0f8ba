import { expect, it } from '@jest/globals';
import { messagesKept } from '../../src/cli/render/messages-kept.ts';

it.each([
  [{ count: 0, dropped: 0, sessionPresent: false }, '0 messages kept; the broker had no session to resume'],
  [
    { count: 1, dropped: 0, file: '/s/\u001Bm.jsonl', sha256: 'ab' },
    '1 message kept in /s/\\u{1b}m.jsonl (SHA-256 ab)',
  ],
  [{ count: 2, dropped: 3, sessionPresent: true }, '2 messages kept; 3 more came and were not kept'],
])('what came of a session, %j, is told in a line', (messages, line) => {
  expect(messagesKept(messages)).toBe(line);
});
