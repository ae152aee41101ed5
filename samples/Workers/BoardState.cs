namespace Stork.Samples.Workers;

/// <summary>What the page shows.</summary>
internal sealed record BoardState(
    bool Fixed, int Waiting, int InWork, long Done, int Dead, IReadOnlyList<WorkerView> Workers, IReadOnlyList<JobView> Jobs,
    IReadOnlyList<Result> Results, IReadOnlyList<DeadView> DeadLetters);

/// <summary>A worker, and the document it has.</summary>
internal sealed record WorkerView(string Name, string? Job);

/// <summary>A document that is not done: ready, scheduled, or inFlight.</summary>
internal sealed record JobView(Guid Id, string Name, bool Poison, string State, string? By, int Failures, DateTimeOffset? DueAt);

/// <summary>A document that was given up.</summary>
internal sealed record DeadView(Guid Id, string Name, string Reason, string? Error, IReadOnlyList<AttemptView> Attempts);

/// <summary>One attempt at it.</summary>
internal sealed record AttemptView(DateTimeOffset At, string Outcome, string By, string? Error);
