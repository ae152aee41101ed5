using System.Security.Cryptography;
using System.Text;

namespace Stork.Samples.Workers;

/// <summary>
/// Two secrets instead of accounts: with the operator's one hands in documents, looks on and administers; with the workers' one only takes
/// documents and hands in results. Made at the first start, and kept beside the store.
/// </summary>
internal sealed class AccessKeys
{
    public const string Operator = "operator";
    public const string Worker = "worker";

    private readonly string _operator;

    private AccessKeys(string forOperators, string forWorkers) => (_operator, ForWorkers) = (forOperators, forWorkers);

    public string ForWorkers { get; }

    public static AccessKeys LoadOrCreate(string directory)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "keys.txt");
        if (!File.Exists(file))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var made = new FileStream(file, options);
            made.Write(Encoding.ASCII.GetBytes($"{NewKey()}\n{NewKey()}\n"));
        }

        if (File.ReadAllLines(file) is [var first, var second, ..]) return new AccessKeys(first, second);
        throw new InvalidDataException($"{file} has no two keys.");
    }

    /// <summary>The role that a key stands for; null: none.</summary>
    public string? RoleOf(string key) => AreEqual(key, _operator) ? Operator : AreEqual(key, ForWorkers) ? Worker : null;

    public void PrintCommands(string url)
    {
        Console.WriteLine($"open     {url}/enter?key={_operator}");
        Console.WriteLine("once     npm ci --prefix samples/Workers/node");
        Console.WriteLine($"worker   node samples/Workers/node/worker.js --urls {url} --key {ForWorkers}");
    }

    private static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static bool AreEqual(string given, string key) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(key));
}
