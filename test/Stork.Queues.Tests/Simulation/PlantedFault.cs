namespace Stork.Queues.Tests.Simulation;

/// <summary>What is wrong with the engine on purpose, to see that the checkers notice.</summary>
internal enum PlantedFault
{
    None,
    SkipSync,
    DropRecord,
    ReuseAckIds,
    RecordEndAhead,
}
