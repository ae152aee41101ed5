namespace Stork.Samples.Workers;

/// <summary>A job: what somebody dropped on the page.</summary>
/// <param name="Name">The file's name, or the beginning of the text.</param>
/// <param name="Seconds">How long its examination takes at least, so that there is something to see.</param>
/// <param name="Poison">Whether it meets the bug that every worker has until it is fixed.</param>
/// <param name="Data">Its bytes; binary also on their way.</param>
internal sealed record Document(string Name, int Seconds, bool Poison, byte[] Data);
