/** What may stand in place of a file after `--events`: a file of such a name is `./live`. */
export const SOURCE_WORD = /^(-|journal|live|thing|cloudwatch(:.*)?|dynamodb:.*|s3:\/\/.*)$/u;
