/* Which delivery a file belongs to, by its name: entity, performance year and day. Files of one
   delivery have names of their own time, and before 2020 archives of their own. */
CREATE MACRO delivery(file_name) AS regexp_replace(
    file_name,
    '^.*[.]([A-Z][A-Z0-9]+)[.](ACO[.])?ZC[0-9AB]([YR][0-9]{2})[.]D([0-9]{6})[.].*$',
    '\1 \3 \4'
);
CREATE MACRO delivery_day(file_name) AS regexp_extract(
    file_name, '[.]D([0-9]{6})[.]T[0-9]{7}[^/]*$', 1, 'i'
);
/* The day in a file's name, on which CMS wrote it: a feed stands for what was known then, whenever
   it is loaded. */
CREATE MACRO delivered_on(file_name) AS CAST(
    try_strptime(delivery_day(file_name), '%y%m%d') AS DATE
);
