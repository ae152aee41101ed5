namespace Stork.Samples.Parcels;

/// <summary>
/// The ids of messages that were shown, in a file, so that one that comes again is known, also after a restart of the console. What can
/// come again is what was not acknowledged yet, so the last few are enough. An application with a database puts the id into the
/// transaction of what the message makes it do.
/// </summary>
internal sealed class SeenMessages
{
    private const int Kept = 1000;

    private readonly string _file;
    private readonly HashSet<string> _ids;

    public SeenMessages(string file)
    {
        _file = file;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        _ids = File.Exists(file) ? [.. File.ReadAllLines(file).TakeLast(Kept)] : [];
        File.WriteAllLines(file, _ids);
    }

    public bool Contains(string id) => _ids.Contains(id);

    public void Add(string id)
    {
        _ids.Add(id);
        File.AppendAllLines(_file, [id]);
    }
}
