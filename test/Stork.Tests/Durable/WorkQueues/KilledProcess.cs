namespace Stork.Tests.Durable.WorkQueues;

/// <summary>What a killed process leaves behind: the files of its store as they are, without a farewell.</summary>
internal static class KilledProcess
{
    public static async Task<string> CopyAsync(string directory)
    {
        var copy = Directory.CreateTempSubdirectory("stork").FullName;
        var files = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        foreach (var file in files.Where(path => Path.GetFileName(path) != "LOCK"))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var to = File.Create(target);
            await from.CopyToAsync(to);
        }

        return copy;
    }
}
