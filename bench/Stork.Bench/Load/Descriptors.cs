namespace Stork.Bench.Load;

/// <summary>How many files and sockets a process may have open; a server is given what this process has.</summary>
internal static class Descriptors
{
    /// <summary>Those besides the connections.</summary>
    private const int Others = 500;

    /// <exception cref="BenchmarkException">So many connections are too many here.</exception>
    public static void Require(int connections)
    {
        // Max open files            20000                20000                files
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        if (int.TryParse(soft, out var limit) && limit < connections + Others)
        {
            throw new BenchmarkException(
                $"{connections:N0} connections need {connections + Others:N0} file descriptors on each side, {limit:N0} are allowed: "
                + "raise the hard limit (ulimit -Hn) and the soft one");
        }
    }
}
