namespace Stork.MicroBenchmarks;

/// <summary>A benchmark whose path is meant to allocate nothing once it is warm; a test holds it to that.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllocationFreeAttribute : Attribute;
