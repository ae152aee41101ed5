namespace Stork.Queues.Tests.Mutations;

/// <summary>Does one or two things to the files of a store that no crash does, and says what.</summary>
internal sealed class Mutator(Random random, string store, string older, string foreign)
{
    private readonly List<string> _done = [];
    private bool _twice;

    public string Done => _done.Count == 0 ? "nothing" : string.Join(", then ", _done);

    public void Run()
    {
        var kind = random.Next(14);
        if (kind == 0) return;
        if (kind == 1)
        {
            LoseMuch();
            return;
        }

        // Where the record of the end is gone, a second loss cannot be seen.
        _twice = kind == 2;
        Change(File(Files()));
        if (_twice) Change(File(Files()));
    }

    private void LoseMuch()
    {
        var shards = Directory.GetDirectories(store);
        var shard = shards[random.Next(shards.Length)];
        var name = Path.GetFileName(shard);
        switch (random.Next(shards.Length > 1 ? 4 : 3))
        {
            case 0:
                Directory.Delete(shard, recursive: true);
                Note($"folder {name} deleted");
                break;
            case 1:
                foreach (var segment in Directory.GetFiles(shard, "*.seg")) System.IO.File.Delete(segment);
                Note($"all segments of {name} deleted");
                break;
            case 2:
                var segments = Directory.GetFiles(shard, "*.seg").Order(StringComparer.Ordinal).ToArray();
                var left = random.Next(segments.Length);
                for (var i = left; i < segments.Length; i++) System.IO.File.Delete(segments[i]);
                Note($"all but {left} segments of {name} deleted");
                break;
            default:
                Directory.Move(shards[0], shards[0] + "-aside");
                Directory.Move(shards[1], shards[0]);
                Directory.Move(shards[0] + "-aside", shards[1]);
                Note("folders swapped");
                break;
        }
    }

    private void Change(string file)
    {
        var bytes = System.IO.File.ReadAllBytes(file);
        switch (random.Next(11))
        {
            case 0 or 1:
                var length = random.Next(Used(bytes) + 1);
                System.IO.File.WriteAllBytes(file, bytes[..length]);
                Note($"{Name(file)} cut at {length}");
                break;
            case 2:
                var (from, count) = Range(bytes);
                bytes.AsSpan(from, count).Clear();
                System.IO.File.WriteAllBytes(file, bytes);
                Note($"{count} bytes of {Name(file)} zeroed from {from}");
                break;
            case 3:
                var end = random.Next(Used(bytes) + 1);
                bytes.AsSpan(end).Clear();
                System.IO.File.WriteAllBytes(file, bytes);
                Note($"{Name(file)} zeroed from {end} to its end");
                break;
            case 4:
                System.IO.File.Delete(file);
                Note($"{Name(file)} deleted");
                break;
            case 5:
                Swap(file, File(Files()));
                break;
            case 6:
                Double(file, bytes);
                break;
            case 7:
                for (var flips = 1 + random.Next(3); flips > 0 && bytes.Length > 0; flips--)
                {
                    var at = random.Next(Math.Max(1, Used(bytes)));
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    Note($"a bit of {Name(file)} flipped at {at}");
                }

                System.IO.File.WriteAllBytes(file, bytes);
                break;
            case 8:
                Replace(file, older, "as it was earlier");
                break;
            case 9:
                Replace(file, foreign, "from another store");
                break;
            default:
                var more = new byte[random.Next(3000)];
                if (random.Next(2) == 0) random.NextBytes(more);
                System.IO.File.WriteAllBytes(file, [.. bytes, .. more]);
                Note($"{more.Length} bytes behind {Name(file)}");
                break;
        }
    }

    private void Swap(string one, string two)
    {
        if (one == two) return;
        var aside = one + ".aside";
        System.IO.File.Move(one, aside);
        System.IO.File.Move(two, one);
        System.IO.File.Move(aside, two);
        Note($"{Name(one)} and {Name(two)} swapped");
    }

    private void Double(string file, byte[] bytes)
    {
        var name = Path.GetFileName(file);
        var target = File(Files());
        if (random.Next(2) == 0 && Journal.JournalFormat.TryParseSegmentName(name, out var id))
            target = Path.Combine(Path.GetDirectoryName(file)!, Journal.JournalFormat.SegmentName((uint)(id + random.Next(3))));
        System.IO.File.WriteAllBytes(target, bytes);
        Note($"{Name(file)} copied to {Name(target)}");
    }

    private void Replace(string file, string from, string how)
    {
        var source = Path.Combine(from, Path.GetRelativePath(store, file));
        if (!System.IO.File.Exists(source)) return;
        System.IO.File.Copy(source, file, overwrite: true);
        Note($"{Name(file)} {how}");
    }

    private (int From, int Count) Range(byte[] bytes)
    {
        var from = random.Next(bytes.Length + 1);
        return (from, random.Next(1 + Math.Min(bytes.Length - from, random.Next(2) == 0 ? 512 : 100_000)));
    }

    /// <summary>Where the zeros at the end begin: before that most happens.</summary>
    private int Used(byte[] bytes) => random.Next(8) == 0 ? bytes.Length : bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;

    private string[] Files() =>
    [
        .. Directory.GetFiles(store, "*", SearchOption.AllDirectories)
            .Where(f => !_twice || !f.EndsWith(Journal.EndFile.Suffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Most often a segment, and of these most often the last one.</summary>
    private string File(string[] files)
    {
        if (random.Next(3) == 0) return files[random.Next(files.Length)];
        var segments = files.Where(static f => f.EndsWith(".seg", StringComparison.Ordinal)).ToArray();
        if (segments.Length == 0) return files[random.Next(files.Length)];
        return random.Next(2) == 0 ? segments[^1] : segments[random.Next(segments.Length)];
    }

    private string Name(string file) => Path.GetRelativePath(store, file);

    private void Note(string what) => _done.Add(what);
}
