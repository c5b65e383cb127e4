-- What the session is set to, and what server it is
SET LOCK_TIMEOUT 10000; SET DATEFORMAT ymd; SET DEADLOCK_PRIORITY LOW;
SELECT CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')),
 CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Collation')),
 CONVERT(int, COLLATIONPROPERTY(CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Collation')), 'CodePage')),
 CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')),
 DATEDIFF(minute, GETUTCDATE(), GETDATE());

-- Probe: identity, rights, clock
SELECT CONVERT(nvarchar(128), SERVERPROPERTY('ServerName')), d.name, CONVERT(char(36), d.service_broker_guid),
 CONVERT(char(23), d.create_date, 121), CONVERT(char(36), r.database_guid), CONVERT(char(36), r.recovery_fork_guid)
FROM sys.databases AS d LEFT JOIN sys.database_recovery_status AS r ON r.database_id = d.database_id
WHERE d.database_id = DB_ID();
SELECT CASE WHEN HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'INSERT') = 1 OR HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'UPDATE') = 1 OR HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'DELETE') = 1 OR HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'ALTER') = 1 OR EXISTS (
 SELECT * FROM sys.database_permissions AS p
 JOIN sys.database_principals AS g ON g.principal_id = p.grantee_principal_id
 WHERE p.state IN ('G', 'W') AND p.permission_name IN (N'INSERT', N'UPDATE', N'DELETE', N'ALTER', N'CONTROL')
 AND (g.principal_id = DATABASE_PRINCIPAL_ID() OR IS_MEMBER(g.name) = 1)
) THEN 1 ELSE 0 END;
SELECT CONVERT(varchar(27), SYSDATETIME(), 121);

-- Tables and views
SELECT s.name, o.name, CONVERT(varchar(2), o.type),
 CONVERT(nvarchar(4000), e.value), p.rows
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.extended_properties AS e
 ON e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description'
LEFT JOIN (SELECT object_id, SUM(rows) AS rows FROM sys.partitions WHERE index_id IN (0, 1) GROUP BY object_id) AS p
 ON p.object_id = o.object_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 ORDER BY s.name, o.name;

-- A table, which may be a synonym of another
SELECT PARSENAME(base_object_name, 4), PARSENAME(base_object_name, 3),
 PARSENAME(base_object_name, 2), PARSENAME(base_object_name, 1)
FROM sys.synonyms WHERE object_id = OBJECT_ID(@p1);
SELECT s.name, o.name, CONVERT(varchar(2), o.type),
 CONVERT(nvarchar(4000), e.value), p.rows
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.extended_properties AS e
 ON e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description'
LEFT JOIN (SELECT object_id, SUM(rows) AS rows FROM sys.partitions WHERE index_id IN (0, 1) GROUP BY object_id) AS p
 ON p.object_id = o.object_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND o.object_id = OBJECT_ID(@p1);
SELECT i.name, i.is_unique, i.is_primary_key, c.name
FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
JOIN sys.columns AS c ON c.object_id = i.object_id AND c.column_id = k.column_id
WHERE i.object_id = OBJECT_ID(@p1) AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND i.has_filter = 0
ORDER BY i.index_id, k.key_ordinal;
SELECT c.name, t.name, c.max_length, c.precision, c.scale, c.is_nullable,
 c.collation_name, CONVERT(int, COLLATIONPROPERTY(c.collation_name, 'CodePage')), CONVERT(nvarchar(4000), e.value)
FROM sys.columns AS c
LEFT JOIN sys.types AS t
 ON t.user_type_id = CASE WHEN c.system_type_id = 240 THEN c.user_type_id ELSE c.system_type_id END
LEFT JOIN sys.extended_properties AS e
 ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = N'MS_Description'
WHERE c.object_id = OBJECT_ID(@p1) ORDER BY c.column_id;

-- A table of another database
SELECT PARSENAME(base_object_name, 4), PARSENAME(base_object_name, 3),
 PARSENAME(base_object_name, 2), PARSENAME(base_object_name, 1)
FROM [pay].sys.synonyms WHERE object_id = OBJECT_ID(@p1);
SELECT s.name, o.name, CONVERT(varchar(2), o.type),
 CONVERT(nvarchar(4000), e.value), p.rows
FROM [pay].sys.objects AS o
JOIN [pay].sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN [pay].sys.extended_properties AS e
 ON e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description'
LEFT JOIN (SELECT object_id, SUM(rows) AS rows FROM [pay].sys.partitions WHERE index_id IN (0, 1) GROUP BY object_id) AS p
 ON p.object_id = o.object_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND o.object_id = OBJECT_ID(@p1);
SELECT i.name, i.is_unique, i.is_primary_key, c.name
FROM [pay].sys.indexes AS i
JOIN [pay].sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
JOIN [pay].sys.columns AS c ON c.object_id = i.object_id AND c.column_id = k.column_id
WHERE i.object_id = OBJECT_ID(@p1) AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND i.has_filter = 0
ORDER BY i.index_id, k.key_ordinal;
SELECT c.name, t.name, c.max_length, c.precision, c.scale, c.is_nullable,
 c.collation_name, CONVERT(int, COLLATIONPROPERTY(c.collation_name, 'CodePage')), CONVERT(nvarchar(4000), e.value)
FROM [pay].sys.columns AS c
LEFT JOIN [pay].sys.types AS t
 ON t.user_type_id = CASE WHEN c.system_type_id = 240 THEN c.user_type_id ELSE c.system_type_id END
LEFT JOIN [pay].sys.extended_properties AS e
 ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = N'MS_Description'
WHERE c.object_id = OBJECT_ID(@p1) ORDER BY c.column_id;

-- The first page, in the order of change
SELECT TOP (1001) [id], CONVERT(char(23), [changed], 121), CONVERT(varbinary(8000), [name]), CONVERT(varbinary(8000), RTRIM([code])), [alias], [title], [age], [alive], CONVERT(varchar(41), [income]), CONVERT(varchar(21), [fee], 2), [share], [rate], CONVERT(char(19), [born], 120), CONVERT(char(36), [guid]), CONVERT(varbinary(max), [photo]), [stamp], CONVERT(varbinary(max), CONVERT(varchar(max), [notes])), CONVERT(nvarchar(max), [letter]), CONVERT(nvarchar(max), [file_no]), CONVERT(nvarchar(4000), [extra]), [version], CONVERT(char(10), [day], 23), CONVERT(varchar(16), [at], 121), CONVERT(varchar(27), [seen], 121), CONVERT(varchar(34), [sent], 121), [unit].ToString(), CONVERT(binary(4), [place].STSrid) + [place].AsBinaryZM() FROM [dbo].[person] WHERE [changed] IS NOT NULL ORDER BY [changed], [id];

-- The next page, below the horizon, with flags for deleted rows
SELECT TOP (1001) [id], CONVERT(char(23), [changed], 121), CASE WHEN (age > 150
) THEN 1 WHEN (income > 0
) THEN 0 ELSE 1 END AS qz_deleted FROM [dbo].[person] WHERE [changed] >= CONVERT(datetime, @p1, 121) AND ([changed] > CONVERT(datetime, @p2, 121) OR ([changed] = CONVERT(datetime, @p3, 121) AND [id] >= CONVERT(bigint, @p4))) AND [changed] < CONVERT(datetime, @p5, 121) AND [changed] IS NOT NULL AND (alive = 1 -- only these
) ORDER BY [changed], [id];

-- A page of a query
SELECT TOP (0) * FROM (SELECT id, changed FROM dbo.person
) [q];
SELECT TOP (1001) [id], CONVERT(char(23), [changed], 121) FROM (SELECT id, changed FROM dbo.person
) [q] WHERE [changed] IS NOT NULL AND [id] IS NOT NULL ORDER BY [changed], [id];

-- Rows at or after a name
SELECT TOP (1001) CONVERT(varbinary(8000), [name]), [id], CASE WHEN [name] = CONVERT(varchar(8000), @p1 COLLATE Chinese_PRC_CI_AS) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [name] >= CONVERT(varchar(8000), @p3 COLLATE Chinese_PRC_CI_AS) AND ([name] > CONVERT(varchar(8000), @p4 COLLATE Chinese_PRC_CI_AS) OR ([name] = CONVERT(varchar(8000), @p5 COLLATE Chinese_PRC_CI_AS) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [name], [id];

-- Rows at or after a alias
SELECT TOP (1001) [alias], [id], CASE WHEN [alias] = CONVERT(varchar(8000), @p1 COLLATE Latin1_General_CI_AS) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [alias] >= CONVERT(varchar(8000), @p3 COLLATE Latin1_General_CI_AS) AND ([alias] > CONVERT(varchar(8000), @p4 COLLATE Latin1_General_CI_AS) OR ([alias] = CONVERT(varchar(8000), @p5 COLLATE Latin1_General_CI_AS) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [alias], [id];

-- Rows at or after a title
SELECT TOP (1001) [title], [id], CASE WHEN [title] = @p1 AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [title] >= @p3 AND ([title] > @p4 OR ([title] = @p5 AND [id] >= CONVERT(bigint, @p6))) ORDER BY [title], [id];

-- Rows at or after a age
SELECT TOP (1001) [age], [id] FROM [dbo].[person] WHERE [age] >= CONVERT(bigint, @p1) AND ([age] > CONVERT(bigint, @p2) OR ([age] = CONVERT(bigint, @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [age], [id];

-- Rows at or after a alive
SELECT TOP (1001) [alive], [id] FROM [dbo].[person] WHERE [alive] >= CONVERT(bit, @p1) AND ([alive] > CONVERT(bit, @p2) OR ([alive] = CONVERT(bit, @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [alive], [id];

-- Rows at or after a income
SELECT TOP (1001) CONVERT(varchar(41), [income]), [id] FROM [dbo].[person] WHERE [income] >= CONVERT(decimal(38, 2), @p1) AND ([income] > CONVERT(decimal(38, 2), @p2) OR ([income] = CONVERT(decimal(38, 2), @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [income], [id];

-- Rows at or after a fee
SELECT TOP (1001) CONVERT(varchar(21), [fee], 2), [id] FROM [dbo].[person] WHERE [fee] >= CONVERT(money, @p1) AND ([fee] > CONVERT(money, @p2) OR ([fee] = CONVERT(money, @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [fee], [id];

-- Rows at or after a share
SELECT TOP (1001) [share], [id], CASE WHEN [share] = CONVERT(float, @p1) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [share] >= CONVERT(float, @p3) AND ([share] > CONVERT(float, @p4) OR ([share] = CONVERT(float, @p5) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [share], [id];

-- Rows at or after a rate
SELECT TOP (1001) [rate], [id], CASE WHEN [rate] = CONVERT(real, @p1) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [rate] >= CONVERT(real, @p3) AND ([rate] > CONVERT(real, @p4) OR ([rate] = CONVERT(real, @p5) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [rate], [id];

-- Rows at or after a born
SELECT TOP (1001) CONVERT(char(19), [born], 120), [id] FROM [dbo].[person] WHERE [born] >= CONVERT(smalldatetime, @p1, 121) AND ([born] > CONVERT(smalldatetime, @p2, 121) OR ([born] = CONVERT(smalldatetime, @p3, 121) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [born], [id];

-- Rows at or after a guid
SELECT TOP (1001) CONVERT(char(36), [guid]), [id], CASE WHEN [guid] = CONVERT(uniqueidentifier, @p1) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [guid] >= CONVERT(uniqueidentifier, @p3) AND ([guid] > CONVERT(uniqueidentifier, @p4) OR ([guid] = CONVERT(uniqueidentifier, @p5) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [guid], [id];

-- Rows at or after a stamp
SELECT TOP (1001) [stamp], [id], CASE WHEN [stamp] = CONVERT(varbinary(8000), @p1) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [stamp] >= CONVERT(varbinary(8000), @p3) AND ([stamp] > CONVERT(varbinary(8000), @p4) OR ([stamp] = CONVERT(varbinary(8000), @p5) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [stamp], [id];

-- Rows at or after a version
SELECT TOP (1001) [version], [id], CASE WHEN [version] = CONVERT(binary(8), @p1) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [version] >= CONVERT(binary(8), @p3) AND ([version] > CONVERT(binary(8), @p4) OR ([version] = CONVERT(binary(8), @p5) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [version], [id];

-- Rows at or after a day
SELECT TOP (1001) CONVERT(char(10), [day], 23), [id] FROM [dbo].[person] WHERE [day] >= CONVERT(date, @p1) AND ([day] > CONVERT(date, @p2) OR ([day] = CONVERT(date, @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [day], [id];

-- Rows at or after a at
SELECT TOP (1001) CONVERT(varchar(16), [at], 121), [id] FROM [dbo].[person] WHERE [at] >= CONVERT(time(7), @p1) AND ([at] > CONVERT(time(7), @p2) OR ([at] = CONVERT(time(7), @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [at], [id];

-- Rows at or after a seen
SELECT TOP (1001) CONVERT(varchar(27), [seen], 121), [id] FROM [dbo].[person] WHERE [seen] >= CONVERT(datetime2(7), @p1) AND ([seen] > CONVERT(datetime2(7), @p2) OR ([seen] = CONVERT(datetime2(7), @p3) AND [id] >= CONVERT(bigint, @p4))) ORDER BY [seen], [id];

-- Rows at or after a sent
SELECT TOP (1001) CONVERT(varchar(34), [sent], 121), [id], CASE WHEN [sent] = CONVERT(datetimeoffset(3), @p1) AND [id] = CONVERT(bigint, @p2) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [sent] >= CONVERT(datetimeoffset(3), @p3) AND ([sent] > CONVERT(datetimeoffset(3), @p4) OR ([sent] = CONVERT(datetimeoffset(3), @p5) AND [id] >= CONVERT(bigint, @p6))) ORDER BY [sent], [id];

-- A text column whose bytes are in another charset
SELECT TOP (1001) CONVERT(varbinary(8000), [name]), CONVERT(varbinary(8000), [alias]), [id], CASE WHEN [name] = CONVERT(varchar(8000), @p1) AND CONVERT(varbinary(8000), [alias]) = @p2 AND [id] = CONVERT(bigint, @p3) THEN 1 ELSE 0 END AS qz_tied FROM [dbo].[person] WHERE [name] >= CONVERT(varchar(8000), @p4) AND ([name] > CONVERT(varchar(8000), @p5) OR ([name] = CONVERT(varchar(8000), @p6) AND CONVERT(varbinary(8000), [alias]) >= @p7 AND (CONVERT(varbinary(8000), [alias]) > @p8 OR (CONVERT(varbinary(8000), [alias]) = @p9 AND [id] >= CONVERT(bigint, @p10))))) ORDER BY [name], CONVERT(varbinary(8000), [alias]), [id];

-- Point reads
SELECT TOP (1001) [id], CONVERT(char(23), [changed], 121) FROM [dbo].[person] WHERE [id] IN (CONVERT(bigint, @p1), CONVERT(bigint, @p2));

-- Rows without a change stamp
SELECT TOP (1001) [id], CONVERT(char(23), [changed], 121) FROM [dbo].[person] WHERE ([changed] IS NULL);

-- The greatest stamp
SELECT TOP (1) CONVERT(char(23), [changed], 121) FROM [dbo].[person] WHERE [changed] IS NOT NULL ORDER BY [changed] DESC;

-- Whether a key is unique
SELECT TOP (1) COUNT(*) FROM [dbo].[person] WHERE [code] IS NOT NULL GROUP BY [code] HAVING COUNT(*) > 1;

-- The horizon of a date and time: who may still write an older stamp
SELECT CONVERT(char(23), GETDATE(), 121), HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER PERFORMANCE STATE');
SELECT r.session_id, CONVERT(char(23), r.start_time, 121), s.login_name, s.host_name, s.program_name
FROM sys.dm_exec_requests AS r JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id
WHERE s.is_user_process = 1 AND r.command NOT IN (N'SELECT', N'WAITFOR')
 AND r.command NOT LIKE N'BACKUP%' AND r.command NOT LIKE N'RESTORE%' AND r.command NOT LIKE N'DBCC%'
 AND COALESCE(r.wait_type, N'') <> N'BROKER_RECEIVE_WAITFOR';
SELECT x.session_id, CONVERT(char(23), t.transaction_begin_time, 121), s.login_name, s.host_name, s.program_name,
 CONVERT(varchar(20), t.transaction_id)
FROM sys.dm_tran_active_transactions AS t
LEFT JOIN sys.dm_tran_session_transactions AS x ON x.transaction_id = t.transaction_id
LEFT JOIN sys.dm_exec_sessions AS s ON s.session_id = x.session_id
WHERE t.transaction_type IN (1, 4) AND EXISTS (
 SELECT * FROM sys.dm_tran_database_transactions AS d
 WHERE d.transaction_id = t.transaction_id AND d.database_id <> 2 AND d.database_transaction_begin_time IS NOT NULL
);

-- The horizon of a rowversion
SELECT MIN_ACTIVE_ROWVERSION();

-- Change tracking
SELECT CONVERT(varchar(20), CHANGE_TRACKING_CURRENT_VERSION()), CONVERT(varchar(20), CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(@p1)));
SELECT TOP (1001) CONVERT(varchar(20), SYS_CHANGE_VERSION), qz_row, [id], qz_1, [id] AS qz_2 FROM CHANGETABLE(CHANGES [dbo].[person], 5) AS ct OUTER APPLY (SELECT 1 AS qz_row, CONVERT(char(23), [changed], 121) AS qz_1 FROM [dbo].[person] WHERE [id] = ct.[id]) AS t WHERE SYS_CHANGE_VERSION >= CONVERT(bigint, @p1) AND (SYS_CHANGE_VERSION > CONVERT(bigint, @p2) OR (SYS_CHANGE_VERSION = CONVERT(bigint, @p3) AND [id] > CONVERT(bigint, @p4))) ORDER BY SYS_CHANGE_VERSION, [id];
