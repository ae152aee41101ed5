namespace Stork.Administration;

/// <summary>A request that is answered with an error.</summary>
internal sealed class AdminException(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;
}
