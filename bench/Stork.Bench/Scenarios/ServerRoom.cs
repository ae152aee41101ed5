namespace Stork.Bench.Scenarios;

/// <summary>What a scenario gives the server to run on.</summary>
internal enum ServerRoom
{
    /// <summary>One core; the load side has another one for itself.</summary>
    OneCore,

    /// <summary>All cores, the load side's as well, which sleeps when it has nothing to do.</summary>
    AllCores,

    /// <summary>The same, and a .NET server is told that there are four.</summary>
    FourCoresSimulated,
}
