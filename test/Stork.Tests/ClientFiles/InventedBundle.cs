using System.Collections.Concurrent;
using System.Text;
using Stork.ClientFiles;

namespace Stork.Tests.ClientFiles;

/// <summary>A bundle with made-up files, so that what HTTP does is tested in a build without npm too.</summary>
internal sealed class InventedBundle
{
    public const string Version = "9.8.7";

    private readonly ConcurrentDictionary<string, int> _opened = new(StringComparer.Ordinal);

    public InventedBundle() => Bundle = new ClientBundle(Open);

    public ClientBundle Bundle { get; }

    public static ClientBundle Missing { get; } = new(static _ => null);

    public static byte[] ContentOf(string fileName) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"/* {fileName}: é */ ", 500)));

    public int TimesOpened(string fileName) => _opened.GetValueOrDefault(fileName);

    private MemoryStream Open(string fileName)
    {
        _opened.AddOrUpdate(fileName, 1, static (_, times) => times + 1);
        return new MemoryStream(fileName == "version" ? Encoding.UTF8.GetBytes(Version) : ContentOf(fileName));
    }
}
