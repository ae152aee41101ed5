namespace Stork.Bench.Scenarios;

/// <summary>What follows from a <see cref="ServerRoom"/>.</summary>
internal static class ServerRooms
{
    private static readonly IReadOnlyDictionary<string, string> s_none = new Dictionary<string, string>();

    // The runtime sizes its pools, heaps and partitioned structures by it; the threads it starts then share the cores there are.
    private static readonly IReadOnlyDictionary<string, string> s_four =
        new Dictionary<string, string> { ["DOTNET_PROCESSOR_COUNT"] = "4" };

    public static bool IsShared(this ServerRoom room) => room != ServerRoom.OneCore;

    /// <summary>Variables the server is started with.</summary>
    public static IReadOnlyDictionary<string, string> Environment(this ServerRoom room) =>
        room == ServerRoom.FourCoresSimulated ? s_four : s_none;

    /// <summary>For titles.</summary>
    public static string Remark(this ServerRoom room) => room switch
    {
        ServerRoom.AllCores => "; on all cores",
        ServerRoom.FourCoresSimulated => "; on all cores, .NET told of four",
        _ => "",
    };
}
