// What each stage of the product costs alone, over the same rows. Arguments: URL of the database, rows.
process.stdout.write(JSON.stringify({}));
