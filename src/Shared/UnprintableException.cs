namespace Stork.Shared;

/// <summary>Stands in a log for an exception that throws while it is printed.</summary>
internal sealed class UnprintableException(Exception exception)
    : Exception($"{exception.GetType().FullName}: what it says cannot be printed, as its own members throw.");
