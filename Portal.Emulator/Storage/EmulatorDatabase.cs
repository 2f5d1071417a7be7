using Microsoft.Data.Sqlite;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Storage;

/// <summary>What one ledger line says. <paramref name="Id"/> grows with time and is the key to page by.</summary>
public sealed record LedgerEntry(long Id, DateTimeOffset At, string Kind, string Service, string Action, string Subject, string? Detail);

/// <summary>An effect or request to be written together with the documents it changed.</summary>
internal sealed record LedgerNote(string Kind, string Service, string Action, string Subject, string? Detail = null);

/// <summary>
/// Documents and ledger in one SQLite file. The process's memory is the working copy; this is what a restart reads.
/// </summary>
/// <remarks>
/// WAL with synchronous=NORMAL: a commit reaches the operating system before it returns, so a kill -9 loses nothing.
/// Only a power failure could lose the last commits (never corrupt the file). FULL, measured with commits like ours on a laptop's kind of
/// disk, takes 3.4 ms a commit (p99 23 ms) where NORMAL takes 0.02 (p99 0.6): each request writes to the ledger, so each would wait so
/// long, and committing in groups shares the wait but does not shorten it. A simulated cloud is not worth that.
/// The lock is exclusive, because a second process with its own working copy would overwrite this one's.
/// </remarks>
internal sealed class EmulatorDatabase : IDocumentStore, ILedger, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;

    // Every request writes: these are prepared once.
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _note;
    private readonly SqliteCommand _last;
    private readonly SqliteCommand _refuse;

    public EmulatorDatabase(string folder, TimeProvider time)
    {
        _time = time;
        var file = Path.Combine(folder, "emulator.db");
        KeepFromOthers(folder, file);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            _connection.Open();
            Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
            Execute("""
                CREATE TABLE IF NOT EXISTS documents (collection TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS ledger (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, service TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT);
                """);
            _put = Command("INSERT INTO documents VALUES ($c, $k, $j) ON CONFLICT (collection, key) DO UPDATE SET json = excluded.json", "$c", "$k", "$j");
            _delete = Command("DELETE FROM documents WHERE collection = $c AND key = $k", "$c", "$k");
            _note = Command("INSERT INTO ledger (at, kind, service, action, subject, detail) VALUES ($t, $k, $s, $a, $u, $d)", "$t", "$k", "$s", "$a", "$u", "$d");
            _last = Command("SELECT last_insert_rowid()");
            _refuse = Command("UPDATE ledger SET detail = $d WHERE id = $i", "$d", "$i");
        }
        catch (SqliteException error) when (error.SqliteErrorCode is 5 or 6)
        {
            _connection.Dispose();
            throw new EmulatorStartException($"Another emulator uses the data folder {folder}: stop it, or set Emulator__DataFolder to another folder.", error);
        }
        catch (SqliteException error)
        {
            _connection.Dispose();
            throw CannotOpen(folder, error);
        }
    }

    public void Put(string collection, string key, string json) => PutAll([(collection, key, json)]);

    public void Delete(string collection, string key) => PutAll([(collection, key, null)]);

    public void PutAll(IReadOnlyCollection<(string Collection, string Key, string? Json)> documents) => Write(documents, []);

    public long Record(string kind, string service, string action, string subject, string? detail = null) =>
        Write([], [new LedgerNote(kind, service, action, subject, detail)]);

    public void Refused(long line, string code)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            Run(_refuse, transaction, code, line);
            transaction.Commit();
        }
    }

    /// <summary>Writes documents and the ledger's account of them in one transaction, so that neither is there without the other.</summary>
    /// <returns>The number of the last line.</returns>
    public long Write(IReadOnlyCollection<(string Collection, string Key, string? Json)> documents, IReadOnlyCollection<LedgerNote> notes)
    {
        if (documents.Count + notes.Count == 0)
            return 0;
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            foreach (var (collection, key, json) in documents)
            {
                if (json is null)
                    Run(_delete, transaction, collection, key);
                else
                    Run(_put, transaction, collection, key, json);
            }

            var now = _time.GetUtcNow().ToString("O");
            foreach (var entry in notes)
                Run(_note, transaction, now, entry.Kind, entry.Service, entry.Action, entry.Subject, entry.Detail);
            var last = (long)Run(_last, transaction)!;
            transaction.Commit();
            return last;
        }
    }

    public IReadOnlyList<KeyValuePair<string, string>> All(string collection)
    {
        lock (_gate)
        {
            using var command = Command("SELECT key, json FROM documents WHERE collection = $c ORDER BY key", "$c");
            command.Parameters[0].Value = collection;
            using var reader = command.ExecuteReader();
            var all = new List<KeyValuePair<string, string>>();
            while (reader.Read())
                all.Add(new(reader.GetString(0), reader.GetString(1)));
            return all;
        }
    }

    /// <summary>Ledger lines after <paramref name="after"/>, oldest first; a null filter takes everything.</summary>
    public IReadOnlyList<LedgerEntry> ReadLedger(string? kind, string? service, string? action, long after, int limit)
    {
        lock (_gate)
        {
            using var command = Command("""
                SELECT id, at, kind, service, action, subject, detail FROM ledger
                WHERE id > $after AND ($k IS NULL OR kind = $k) AND ($s IS NULL OR service = $s) AND ($a IS NULL OR action = $a)
                ORDER BY id LIMIT $limit
                """, "$after", "$k", "$s", "$a", "$limit");
            Fill(command, [after, kind, service, action, limit]);
            using var reader = command.ExecuteReader();
            var entries = new List<LedgerEntry>();
            while (reader.Read())
            {
                entries.Add(new LedgerEntry(
                    reader.GetInt64(0), DateTimeOffset.Parse(reader.GetString(1)), reader.GetString(2), reader.GetString(3),
                    reader.GetString(4), reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6)));
            }

            return entries;
        }
    }

    public void Dispose()
    {
        _put.Dispose();
        _delete.Dispose();
        _note.Dispose();
        _last.Dispose();
        _refuse.Dispose();
        _connection.Dispose();
    }

    /// <summary>The clusters' CA keys are in it. SQLite gives its journals the mode of the database; those of an earlier version are mended.</summary>
    private static void KeepFromOthers(string folder, string file)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
                return;
            }

            const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (!Directory.Exists(folder))
                Directory.CreateDirectory(folder, ownerOnly | UnixFileMode.UserExecute);
            new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                UnixCreateMode = ownerOnly,
            }).Dispose();
            foreach (var existing in new[] { file, file + "-wal", file + "-shm" }.Where(File.Exists))
                File.SetUnixFileMode(existing, ownerOnly);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotOpen(folder, error);
        }
    }

    private static EmulatorStartException CannotOpen(string folder, Exception error) =>
        new($"The emulator's data in {folder} cannot be opened ({error.Message}): check the folder's permissions, or set Emulator__DataFolder to another folder.", error);

    private SqliteCommand Command(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.AddWithValue(name, DBNull.Value);
        return command;
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private static object? Run(SqliteCommand command, SqliteTransaction transaction, params object?[] values)
    {
        command.Transaction = transaction;
        Fill(command, values);
        return command.ExecuteScalar();
    }

    private static void Fill(SqliteCommand command, object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
    }
}
