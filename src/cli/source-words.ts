/** What may stand in place of a file after `--events`: a file of such a name is `./live`. */
export const SOURCE_WORD = /^(-|journal|live|thing|cloudwatch(:.*)?|dynamodb:.*|s3:\/\/.*)$/u;

/** What a shell completes beside file names: whole words, and beginnings that want a name behind them. */
export const SOURCE_WORDS = {
  whole: ['journal', 'live', 'thing', 'cloudwatch'],
  begun: ['cloudwatch:', 'dynamodb:', 's3://'],
} as const;
