using Stork.Queues.Rules;
using Stork.Shared.Disk;

namespace Stork.Simulation;

/// <summary>Thrown where a simulated machine stops.</summary>
public sealed class SimulatedCrashException() : Exception("The simulated machine stopped.");

/// <summary>
/// A disk that forgets: a crash keeps what was synced, and of the rest any subset of 512-byte sectors and of changes to names.
/// It can stop the machine at any operation, fail a sync, lie about syncs, and run full.
/// </summary>
internal sealed class SimDisk(ulong seed) : IReplacingDisk
{
    private const int Sector = 512;

    private readonly SplitMix _random = new(seed);
    private Dictionary<string, SimFile> _names = new(StringComparer.Ordinal);
    private Dictionary<string, SimFile> _durableNames = new(StringComparer.Ordinal);
    private List<(string From, string? To, SimFile? File)> _changes = [];

    /// <summary>Operations until the machine stops; negative: it does not.</summary>
    public int StopAfter { get; set; } = -1;

    public bool Stopped { get; private set; }

    /// <summary>Planted fault: a sync does nothing and says that all is well.</summary>
    public bool SkipSyncs { get; set; }

    /// <summary>The sync that fails, counted down; negative: none. What it should have made durable is lost, as on Linux.</summary>
    public int FailSyncAfter { get; set; } = -1;

    /// <summary>So many fail, from that one on.</summary>
    public int SyncFailures { get; set; } = 1;

    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Full in the manner of a file system that copies on write: nothing can be written any more,
    /// also where there was something.</summary>
    public bool IsFull { get; set; }

    public int Operations { get; private set; }

    /// <summary>What can be refused: all but syncs.</summary>
    public int Asked { get; private set; }

    /// <summary>From this one of <see cref="Asked"/> on the system lacks the means; negative: it never does.</summary>
    public int RefuseFrom { get; set; } = -1;

    /// <summary>So many are refused.</summary>
    public int Refusals { get; set; } = 1;

    public long FreeBytes => Math.Max(0, Capacity - _names.Values.Sum(static f => f.Length));

    public bool CanSyncNames => true;

    public IDiskFile Create(string name)
    {
        Ask();
        Step();
        var file = new SimFile(this);
        _names.Add(name, file);
        _changes.Add((name, null, file));
        return file;
    }

    public IDiskFile Open(string name)
    {
        Ask();
        return _names.TryGetValue(name, out var file) ? file : throw new FileNotFoundException(name);
    }

    public bool Exists(string name) => _names.ContainsKey(name);

    public IReadOnlyList<string> List()
    {
        Ask();
        return [.. _names.Keys];
    }

    public byte[] Contents(string name) => _names[name].Current;

    public void Rename(string from, string to)
    {
        Ask();
        Step();
        _names.Remove(from, out var file);
        _names.Add(to, file!);
        _changes.Add((from, to, file));
    }

    public void Replace(string from, string to)
    {
        Ask();
        Step();
        _names.Remove(from, out var file);
        _names[to] = file!;
        _changes.Add((from, to, file));
    }

    public void Delete(string name)
    {
        Ask();
        Step();
        if (_names.Remove(name)) _changes.Add((name, null, null));
    }

    public void SyncDirectory()
    {
        Step();
        if (SkipSyncs) return;
        _durableNames = new Dictionary<string, SimFile>(_names, StringComparer.Ordinal);
        _changes.Clear();
    }

    /// <summary>The same files on another disk.</summary>
    public SimDisk Copy(Func<string, bool> which)
    {
        var copy = new SimDisk(1);
        foreach (var (name, file) in _names)
        {
            if (!which(name)) continue;
            var same = copy.Create(name);
            same.Write(0, file.Current);
            same.Sync();
        }

        copy.SyncDirectory();
        return copy;
    }

    /// <summary>The process ends; the machine goes on, so everything written stays.</summary>
    public void Kill() => Restart();

    /// <summary>The power fails.</summary>
    public void CutPower()
    {
        var names = new Dictionary<string, SimFile>(_durableNames, StringComparer.Ordinal);
        var keep = _random.NextDouble();
        foreach (var (from, to, file) in _changes)
        {
            if (_random.NextDouble() >= keep) continue;
            if (to is not null)
            {
                names.Remove(from);
                names[to] = file!;
            }
            else if (file is not null)
            {
                names[from] = file;
            }
            else
            {
                names.Remove(from);
            }
        }

        _names = names;
        foreach (var file in names.Values) file.LosePower(_random, keep);
        _durableNames = new Dictionary<string, SimFile>(names, StringComparer.Ordinal);
        _changes = [];
        Restart();
    }

    /// <summary>No failure lies ahead any more.</summary>
    public void CancelFaults()
    {
        StopAfter = -1;
        FailSyncAfter = -1;
    }

    public void Dispose()
    {
        // The disk outlives those who use it.
    }

    private void Restart()
    {
        Stopped = false;
        CancelFaults();
    }

    /// <summary>As a system without a free file descriptor, or memory.</summary>
    private void Ask()
    {
        var asked = Asked++;
        if (RefuseFrom >= 0 && asked >= RefuseFrom && asked < RefuseFrom + Refusals)
            throw new DiskBusyException("The simulated system has nothing left.");
    }

    /// <summary>Counts an operation; true if the machine stops in the middle of it.</summary>
    private bool Step(bool canBePartial = false)
    {
        if (Stopped) throw new SimulatedCrashException();
        Operations++;
        if (StopAfter < 0 || StopAfter-- > 0) return false;
        Stopped = true;
        return canBePartial ? true : throw new SimulatedCrashException();
    }

    private sealed class SimFile(SimDisk disk) : IDiskFile
    {
        private readonly List<(int Offset, byte[] Data)> _unsynced = [];
        private byte[] _durable = [];

        public byte[] Current { get; private set; } = [];

        public long Length => Current.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            if (disk.Stopped) throw new SimulatedCrashException();
            var count = (int)Math.Max(0, Math.Min(buffer.Length, Length - offset));
            Current.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            if (disk.IsFull) throw new DiskFullException("The simulated disk is full.");
            if (offset + data.Length > Length && disk.FreeBytes < offset + data.Length - Length)
                throw new DiskFullException("The simulated disk is full.");
            disk.Ask();
            var stops = disk.Step(canBePartial: true);
            if (stops) data = data[..(int)(disk._random.Next() % (ulong)(data.Length + 1))];
            Put(Current, (int)offset, data, out var grown);
            Current = grown;
            _unsynced.Add(((int)offset, data.ToArray()));
            if (stops) throw new SimulatedCrashException();
        }

        public void Sync()
        {
            disk.Step();
            if (disk.FailSyncAfter > 0)
            {
                disk.FailSyncAfter--;
            }
            else if (disk.FailSyncAfter == 0)
            {
                if (--disk.SyncFailures == 0) (disk.FailSyncAfter, disk.SyncFailures) = (-1, 1);
                _unsynced.Clear();
                throw new IOException("The simulated sync failed.");
            }

            if (disk.SkipSyncs) return;
            foreach (var (offset, data) in _unsynced)
            {
                Put(_durable, offset, data, out var grown);
                _durable = grown;
            }

            _unsynced.Clear();
        }

        /// <summary>Of what was not synced any sectors arrived, in any order.</summary>
        public void LosePower(SplitMix random, double keep)
        {
            foreach (var (offset, data) in _unsynced)
            {
                var whole = random.NextDouble() < keep;
                for (var at = 0; at < data.Length;)
                {
                    var length = Math.Min(Sector - ((offset + at) % Sector), data.Length - at);
                    if (whole || random.NextDouble() < keep)
                    {
                        Put(_durable, offset + at, data.AsSpan(at, length), out var grown);
                        _durable = grown;
                    }

                    at += length;
                }
            }

            _unsynced.Clear();
            Current = (byte[])_durable.Clone();
        }

        public void Dispose()
        {
            // A handle; the file stays.
        }

        private static void Put(byte[] content, int offset, ReadOnlySpan<byte> data, out byte[] result)
        {
            result = content;
            if (offset + data.Length > result.Length) Array.Resize(ref result, offset + data.Length);
            data.CopyTo(result.AsSpan(offset));
        }
    }
}
