namespace Stork.Samples.Workers;

/// <summary>What came of a job. Kept in a queue of its own, whose producers are the workers, once for each job.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Name">The document's name.</param>
/// <param name="By">Who did it.</param>
/// <param name="Bytes">The document's size.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal digits.</param>
/// <param name="Lines">Lines, if it is a text in UTF-8.</param>
/// <param name="Words">Words, likewise.</param>
/// <param name="Commonest">The word that comes most often, likewise.</param>
internal sealed record Result(Guid Job, string Name, string By, int Bytes, string Sha256, int? Lines, int? Words, string? Commonest);
