namespace Stork.Queues.State;

/// <summary>
/// Marks what follows from records, and is the same after a restart. Only <see cref="RecordApplier"/> with its parts,
/// <see cref="TimeApplier"/> and the loader of snapshots change it, and the types that declare it; a test holds them to that. Everything
/// without this mark is volatile: hints and caches that may change without a record, because recovery builds them anew.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method)]
internal sealed class DurableAttribute : Attribute;
